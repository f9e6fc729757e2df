"""Encryption at rest: what the ledger stores of bodies and credentials, sealed if there are keys, plain if not."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Self

from lessonhook.config import Settings
from lessonhook.ledger.errors import InvalidEncryptionKey, Undecipherable

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

#: Begins a sealed value. What the ledger stores in the open is JSON, which never begins so: the two live side by
#: side, and keys can be turned on while old values are still in the open.
_SEALED: Final = b"sealed:fernet:"


class Vault:
    """Seals with the first key and opens with each; with no keys it hands plain text through, and opens plain text."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """Take Fernet keys (32 bytes in URL-safe base64); raise InvalidEncryptionKey for the first that is none."""
        self._fernet = _fernet_of(keys) if keys else None
        self._first = _fernet_of(keys[:1]) if keys else None
        self._pepper = keys[0].encode() if keys else b""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take the keys that the operator set."""
        return cls([key.get_secret_value() for key in settings.encryption_keys])

    @property
    def sealing(self) -> bool:
        """Whether what is written now is encrypted; a worker says so once at its start if it is not."""
        return self._fernet is not None

    def fingerprint(self, text: str) -> str:
        """Answer what tells two texts apart without telling either: keyed, where there is a key, against guessing."""
        return hmac.new(self._pepper, text.encode(), hashlib.sha256).hexdigest()[:32]

    def seal(self, plain: bytes) -> bytes:
        """Encrypt for storage: some 10 microseconds for an event, and a third more bytes."""
        return plain if self._fernet is None else _SEALED + self._fernet.encrypt(plain)

    def sealed_by_first(self, stored: bytes) -> bool:
        """Tell whether a value is as it would be written now: sealed with the first key; with no keys, in the open."""
        if self._first is None:
            return not stored.startswith(_SEALED)
        try:
            return stored.startswith(_SEALED) and bool(_open(self._first, stored[len(_SEALED) :]))
        except Undecipherable:
            return False

    def open(self, stored: bytes) -> bytes:
        """Answer what was sealed, or stored in the open; raise Undecipherable if no key here wrote it."""
        if not stored.startswith(_SEALED):
            return stored
        if self._fernet is None:
            raise Undecipherable(
                "a stored value is encrypted; set LESSONHOOK_ENCRYPTION_KEYS to the keys that wrote it"
            )
        return _open(self._fernet, stored[len(_SEALED) :])


def _open(fernet: "MultiFernet", token: bytes) -> bytes:
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - cryptography is there only where keys are set

    try:
        return fernet.decrypt(token)
    except InvalidToken:
        raise Undecipherable(
            "a stored value was encrypted with another key, or damaged; add the key that wrote it to "
            "LESSONHOOK_ENCRYPTION_KEYS, behind the first one"
        ) from None


def _fernet_of(keys: Sequence[str]) -> "MultiFernet":
    try:
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - only where keys are set
    except ImportError:
        raise InvalidEncryptionKey(
            "LESSONHOOK_ENCRYPTION_KEYS is set, and cryptography is not installed: pip install lessonhook[encryption]"
        ) from None
    fernets = []
    for position, key in enumerate(keys, start=1):
        try:
            fernets.append(Fernet(key))
        except ValueError:
            problem = f"key {position} of LESSONHOOK_ENCRYPTION_KEYS is no Fernet key: 32 bytes in URL-safe base64"
            raise InvalidEncryptionKey(problem) from None
    return MultiFernet(fernets)
