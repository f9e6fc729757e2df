"""Encryption at rest: bodies and credentials are sealed if there are keys, and stored as plain text if not.

A sealed value is bound to its place, which is the name of its Redis key. Moved elsewhere, it does not open.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final, Self

from lessonhook.config import Settings
from lessonhook.ledger.errors import InvalidEncryptionKey, Undecipherable
from lessonhook.ledger.redis.sealing_key import SealingKey, id_of

#: The beginning of a sealed value. Plain values are JSON, which never begins so.
_SEALED: Final = b"sealed:aes-gcm:"
#: The beginning of a value that an earlier version sealed. It is bound to no place. It is read, and no longer written.
_FERNET: Final = b"sealed:fernet:"
#: Stands in the place of a key's id where values are stored as plain text.
PLAIN: Final = "plain"
#: So many first bytes of a stored value show how it was sealed, and with which key.
SEAL_BYTES: Final = len(_SEALED) + SealingKey.OVERHEAD


class Vault:
    """Seals with the first key and opens with any of them. With no keys it passes plain text through both ways.

    With keys it refuses plain text, which anybody who writes to Redis could have put there. `accept_plain` reads it
    nevertheless, while an installation seals what it stored before it had keys.
    """

    def __init__(self, keys: Sequence[str] = (), *, accept_plain: bool = False) -> None:
        """Take Fernet keys (32 bytes in URL-safe base64); raise InvalidEncryptionKey for the first invalid one."""
        self._keys = [_sealing_key(position, text) for position, text in enumerate(keys, start=1)]
        self._by_id = {key.id: key for key in self._keys}
        self._pepper = keys[0].encode() if keys else b""
        self._accept_plain = accept_plain

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make a vault with the keys of the settings."""
        keys = [key.get_secret_value() for key in settings.encryption_keys]
        return cls(keys, accept_plain=settings.accept_plain_values)

    @property
    def sealing(self) -> bool:
        """True if new values are encrypted; a worker warns once at its start if they are not."""
        return bool(self._keys)

    @property
    def seals_by(self) -> str:
        """The id of the key that new values are sealed with, in hexadecimal digits; `PLAIN` without keys."""
        return self._keys[0].id.hex() if self._keys else PLAIN

    def opens(self, seals_by: str) -> bool:
        """Return whether this vault opens what is sealed by a key of this id, or what is stored as `PLAIN`."""
        if seals_by == PLAIN:
            return not self._keys or self._accept_plain
        return any(key.id.hex() == seals_by for key in self._keys)

    def fingerprint(self, text: str) -> str:
        """Return 32 hexadecimal digits that tell texts apart; if there is a key, they are keyed, against guessing."""
        return hmac.new(self._pepper, text.encode(), hashlib.sha256).hexdigest()[:32]

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt for storage under the Redis key `place`: some 3 microseconds for an event, and 51 bytes more."""
        return _SEALED + self._keys[0].seal(plain, place.encode()) if self._keys else plain

    def sealed_as_now(self, stored: bytes) -> bool:
        """Return whether a value is stored as it would be now: sealed with the first key, or plain without keys.

        The first `SEAL_BYTES` of the value are enough. Whether it opens is not tried.
        """
        if not self._keys:
            return not stored.startswith((_SEALED, _FERNET))
        return stored.startswith(_SEALED + self._keys[0].id)

    def open(self, stored: bytes, place: str) -> bytes:
        """Return the plain text of the value under the Redis key `place`; raise Undecipherable if it must not be read.

        That is a value that no key wrote, that is damaged, that was moved here, or that is plain although keys are set.
        """
        if stored.startswith(_SEALED):
            return self._opened(stored[len(_SEALED) :], place.encode())
        if stored.startswith(_FERNET):
            return self._opened_fernet(stored[len(_FERNET) :])
        if self._keys and not self._accept_plain:
            raise Undecipherable(
                "a stored value is plain text although LESSONHOOK_ENCRYPTION_KEYS is set; if it was stored before the "
                "keys were, set LESSONHOOK_ACCEPT_PLAIN_VALUES=true and run `lessonhook reseal`"
            )
        return stored

    def _opened(self, sealed: bytes, place: bytes) -> bytes:
        key = self._by_id.get(id_of(sealed))
        if key is None:
            raise self._without_its_key()
        plain = key.open(sealed, place)
        if plain is None:
            raise Undecipherable("a stored value is damaged, or was moved here from another place in Redis")
        return plain

    def _opened_fernet(self, token: bytes) -> bytes:
        for key in self._keys:
            plain = key.open_fernet(token)
            if plain is not None:
                return plain
        raise self._without_its_key()

    def _without_its_key(self) -> Undecipherable:
        if not self._keys:
            return Undecipherable(
                "a stored value is encrypted; set LESSONHOOK_ENCRYPTION_KEYS to the keys that wrote it"
            )
        return Undecipherable(
            "a stored value was encrypted with another key, or damaged; add the key that wrote it to "
            "LESSONHOOK_ENCRYPTION_KEYS, behind the first one"
        )


def _sealing_key(position: int, text: str) -> SealingKey:
    try:
        return SealingKey(text)
    except ValueError:
        problem = f"key {position} of LESSONHOOK_ENCRYPTION_KEYS is no Fernet key: 32 bytes in URL-safe base64"
    raise InvalidEncryptionKey(problem)
