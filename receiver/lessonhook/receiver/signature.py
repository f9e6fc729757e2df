"""Checks who sent a POST, that its bytes are unchanged, and its age (Standard Webhooks, "Verifying webhooks")."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from lessonhook.receiver.bare_errors import bare_errors
from lessonhook.receiver.errors import (
    InvalidSecret,
    InvalidTimestamp,
    MissingHeader,
    WrongAge,
    WrongAuthorization,
    WrongSignature,
)

#: Seconds between `webhook-timestamp` and the receiver's clock. An older POST may be one that somebody recorded.
TOLERANCE_SECONDS: Final = 300
_ID, _TIMESTAMP, _SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
#: Begins the `webhook-id` of a sample that somebody sent to try the endpoint.
_TEST_PREFIX: Final = "test-"
#: Ten digits reach the year 2286. int() refuses thousands of digits.
_TIMESTAMP_DIGITS: Final = 10


class Headers(Protocol):
    """The headers of a request: those of Flask, Django, Starlette, aiohttp or `http.server`, or a dict."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Return names and values; the case of a name does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What the signature proves of a POST."""

    #: The id of the completion: the same with every attempt.
    webhook_id: str
    #: When this attempt was made, in UTC.
    sent_at: datetime

    @property
    def is_test(self) -> bool:
        """Whether it is the sample, which somebody sent to try the endpoint, and no completion."""
        return self.webhook_id.startswith(_TEST_PREFIX)


@bare_errors
def verify(
    headers: Headers,
    body: bytes,
    secrets: str | Iterable[str],
    *,
    tolerance_seconds: float | None = TOLERANCE_SECONDS,
    now: float | None = None,
) -> Verified:
    """Check the signature and the age of a POST, and return its id and time.

    `body` is the bytes as they came: parsed and written again, they may be others. `secrets` is the signing secret
    (`whsec_…`), or all that may sign, while one is rotated. The POST may have several signatures; one that holds
    suffices. `tolerance_seconds` is how far its time may be from `now`, in both directions; None allows any age. `now`
    is in seconds since 1970, by default this machine's clock.

    Raises a `NotTrusted`: `MissingHeader`, `InvalidTimestamp`, `WrongAge` or `WrongSignature`. Raises `InvalidSecret`
    if a secret is none, and TypeError if the body is text.
    """
    if not isinstance(body, bytes | bytearray | memoryview):
        raise TypeError("body must be the bytes as they came, not text or what was parsed of it")
    keys = _keys(secrets)
    found = _found(headers, _ID, _TIMESTAMP, _SIGNATURE)
    if missing := [name for name in (_ID, _TIMESTAMP, _SIGNATURE) if not found.get(name)]:
        raise MissingHeader(*missing)
    timestamp = found[_TIMESTAMP]
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= _TIMESTAMP_DIGITS):
        raise InvalidTimestamp
    age = (time.time() if now is None else now) - int(timestamp)
    # So written, a tolerance or a time that is not a number trusts nothing.
    if tolerance_seconds is not None and not abs(age) <= tolerance_seconds:
        raise WrongAge(age, tolerance_seconds)
    signed = f"{found[_ID]}.{timestamp}.".encode(errors="replace") + body
    _check(found[_SIGNATURE], signed, keys)
    return Verified(webhook_id=found[_ID], sent_at=datetime.fromtimestamp(int(timestamp), UTC))


@bare_errors
def verify_authorization(headers: Headers, saved: str) -> None:
    """Check the Authorization header, in constant time, against the value that was saved in the LMS.

    Nothing is added to the value: what was saved is sent. Blanks at its end do not count, because many servers cut them
    off. Raises `WrongAuthorization`, and `InvalidSecret` if no value is saved: it would trust everybody.
    """
    kept: object = saved
    if not (isinstance(kept, str) and kept.strip(" ")):
        raise InvalidSecret("no Authorization value is given to compare with: everybody would be trusted")
    given = _found(headers, "authorization").get("authorization", "")
    # A server decodes a header as Latin-1; what cannot be written in it was not sent.
    pair = [value.rstrip(" ").encode("latin-1", errors="replace") for value in (given, saved)]
    if not hmac.compare_digest(*pair):
        raise WrongAuthorization("the Authorization value is another one" if given else "no Authorization header")


def _found(headers: Headers, *names: str) -> dict[str, str]:
    """Return the values of these headers by their small names; of one that came twice, the first."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        small = name.lower()
        if small in names:
            found.setdefault(small, value)
    return found


def _keys(secrets: str | Iterable[str]) -> list[bytes]:
    keys = []
    # What a caller without a type checker gives may be anything.
    given: object = secrets
    alone = given is None or isinstance(given, str | bytes)
    for secret in [given] if alone else secrets:
        if not isinstance(secret, str):
            raise InvalidSecret(f"a signing secret must be text, and not {type(secret).__name__}")
        # A file's or a variable's value may end in a line end.
        text = secret.strip()
        try:
            key = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not (key and text.startswith(_SECRET_PREFIX)):
            raise InvalidSecret(f"a signing secret must be {_SECRET_PREFIX} and base64, as the LMS shows it")
        keys.append(key)
    if not keys:
        raise InvalidSecret("no signing secret is given: nothing could be trusted")
    return keys


def _check(given: str, signed: bytes, keys: list[bytes]) -> None:
    signatures = [each for each in given.encode(errors="replace").split() if each.startswith(b"v1,")]
    if not signatures:
        raise WrongSignature("webhook-signature has no signature of version 1 (v1,…)")
    for key in keys:
        expected = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
        if any(hmac.compare_digest(each, expected) for each in signatures):
            return
    raise WrongSignature("the signature is of another secret or of other bytes")
