"""The token by which a subscriber fetches its events. The ledger keeps its digest only, so it is shown once."""

import base64
import binascii
import hashlib
import secrets
from typing import Final, NamedTuple

from lessonhook.ledger.subscriptions.subscriber import read_subscriber

#: What every token begins with, so that a scanner for leaked secrets can find one.
PULL_TOKEN_PREFIX: Final = "lhpull_"  # noqa: S105 - see above
#: 256 random bits: nobody can guess one, so a plain digest is enough.
_RANDOM_BYTES: Final = 32
#: Longer than every token of a subscriber with the longest name.
_LONGEST: Final = 256


class PullToken(NamedTuple):
    """Whose token it is, and the digest that the ledger compares."""

    subscriber: str
    digest: str


def new_pull_token(subscriber: str) -> str:
    """Return a new token of a subscriber. It names the subscriber, so that one read finds what to compare."""
    name = base64.urlsafe_b64encode(subscriber.encode()).decode().rstrip("=")
    return f"{PULL_TOKEN_PREFIX}{name}.{secrets.token_urlsafe(_RANDOM_BYTES)}"


def pull_token_digest(token: str) -> str:
    """Return 64 hexadecimal digits, the SHA-256 of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_pull_token(token: str) -> PullToken | None:
    """Read a token as a request has it; None for text that is no token of anybody."""
    if len(token) > _LONGEST or not token.isascii() or not token.startswith(PULL_TOKEN_PREFIX):
        return None
    name, dot, random = token.removeprefix(PULL_TOKEN_PREFIX).partition(".")
    if not dot or not random:
        return None
    try:
        named = base64.b64decode(name + "=" * (-len(name) % 4), altchars=b"-_", validate=True).decode("ascii")
        subscriber = read_subscriber(named)
    except (ValueError, binascii.Error):
        return None
    return PullToken(subscriber, pull_token_digest(token))
