"""The rules for the credentials of a company's endpoint: the Authorization value and the signing secrets."""

import base64
import binascii
import secrets
from typing import Final

#: Characters that common servers accept in one header line.
AUTHORIZATION_MAX_LENGTH: Final = 4096
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
#: Standard Webhooks, "Signature scheme": between 24 and 64 bytes of a random key.
SECRET_MIN_BYTES: Final = 24
SECRET_MAX_BYTES: Final = 64
_NEW_SECRET_BYTES: Final = 32
_LAST_LATIN_1: Final = 0xFF


def read_authorization(value: str) -> str | None:
    """Return the value as it will be sent, or None if it is blank; raise ValueError with the rule that it breaks.

    Nothing is repaired: inner and trailing blanks are part of the value. A leading blank cannot be sent, because a
    receiver drops the blanks behind the colon. Positions count from 1; the character itself is never shown.
    """
    if not value.strip(" "):
        return None
    if len(value) > AUTHORIZATION_MAX_LENGTH:
        raise ValueError(f"must have at most {AUTHORIZATION_MAX_LENGTH} characters")
    if value.startswith(" "):
        raise ValueError("must not begin with a blank (position 1)")
    for position, character in enumerate(value, start=1):
        if ord(character) > _LAST_LATIN_1:
            raise ValueError(f"has a character outside Latin-1 at position {position}; a header cannot carry it")
        if not character.isprintable() and character not in "\xa0\xad":
            raise ValueError(f"has a control character at position {position}")
    return value


def read_signing_secret(value: str) -> str | None:
    """Return the secret as it was given, or None if it is blank; raise ValueError with the rule that it breaks."""
    if not value.strip(" "):
        return None
    try:
        key = secret_key(value)
    except (ValueError, binascii.Error):
        raise ValueError(f"must be {SECRET_PREFIX} followed by base64") from None
    if not SECRET_MIN_BYTES <= len(key) <= SECRET_MAX_BYTES:
        raise ValueError(f"must hold between {SECRET_MIN_BYTES} and {SECRET_MAX_BYTES} bytes of key")
    return value


def secret_key(secret: str) -> bytes:
    """Decode the key of a `whsec_…` secret; raise ValueError if it is no such secret."""
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError("no signing secret")
    return base64.b64decode(secret[len(SECRET_PREFIX) :], validate=True)


def new_signing_secret() -> str:
    """Return a new secret of 256 random bits, in the form that receivers' libraries accept."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_NEW_SECRET_BYTES)).decode()
