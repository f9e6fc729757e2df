"""One encryption key. What it seals opens only in the place that it was sealed for, and shows any damage."""

import os
from base64 import urlsafe_b64decode
from typing import Final

from lessonhook.ledger.errors import InvalidEncryptionKey

#: AES-GCM's nonce. A random one may meet another after some 2^32 values, so one key seals no more than that: at
#: 100 million events a year for 40 years.
_NONCE_BYTES: Final = 12
#: Enough to tell an installation's keys apart without trying each of them.
_ID_BYTES: Final = 8
#: Names what a derived secret is for, so that no two uses of a key share one.
_SEALING: Final = b"lessonhook: AES-256-GCM, bound to its place"
_NAMING: Final = b"lessonhook: the id of a key"


class SealingKey:
    """Seals by AES-256-GCM (NIST SP 800-38D), with the value's place as associated data.

    The key of the settings also opened Fernet tokens once, so what is used here is derived from it by HKDF (RFC 5869).
    """

    #: Bytes that a sealed value is longer than its plain text: id, nonce and tag.
    OVERHEAD: Final = _ID_BYTES + _NONCE_BYTES + 16

    def __init__(self, text: str) -> None:
        """Take 32 bytes in URL-safe base64, as Fernet's; raise ValueError for anything else."""
        try:
            from cryptography.fernet import Fernet  # noqa: PLC0415 - cryptography is there only where keys are set
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415
        except ImportError:
            raise InvalidEncryptionKey(
                "LESSONHOOK_ENCRYPTION_KEYS is set, and cryptography is not installed: pip install "
                "'lessonhook[encryption]'"
            ) from None
        self._fernet = Fernet(text)
        secret = urlsafe_b64decode(text)
        self._cipher = AESGCM(_derived(secret, _SEALING, 32))
        self.id = _derived(secret, _NAMING, _ID_BYTES)

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Return this key's id, a fresh nonce, and the encrypted text with its tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return b"".join((self.id, nonce, self._cipher.encrypt(nonce, plain, place)))

    def open(self, sealed: bytes, place: bytes) -> bytes | None:
        """Return the plain text; None if the value is damaged, or was sealed for another place or by another key."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        nonce_end = _ID_BYTES + _NONCE_BYTES
        if len(sealed) < self.OVERHEAD:
            return None
        try:
            return self._cipher.decrypt(sealed[_ID_BYTES:nonce_end], sealed[nonce_end:], place)
        except InvalidTag:
            return None

    def open_fernet(self, token: bytes) -> bytes | None:
        """Return the plain text of a Fernet token, which is bound to no place; None if another key wrote it."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415

        try:
            return self._fernet.decrypt(token)
        except InvalidToken:
            return None


def id_of(sealed: bytes) -> bytes:
    """Return the id of the key that sealed a value; the beginning of the value is enough."""
    return sealed[:_ID_BYTES]


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    return HKDF(SHA256(), length, salt=None, info=purpose).derive(secret)
