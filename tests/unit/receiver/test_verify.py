"""The receiver's library takes what we sign, and names what is wrong with anything else."""

import math
import pickle
import time
from collections.abc import Callable
from email.message import Message
from typing import Any

import pytest
from django.http.request import HttpHeaders
from standardwebhooks import Webhook
from starlette.datastructures import Headers as StarletteHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders

from lessonhook.ledger import new_signing_secret
from lessonhook.ledger.subscriptions import signature
from lessonhook.receiver import (
    InvalidBody,
    InvalidSecret,
    InvalidTimestamp,
    MissingHeader,
    NotTrusted,
    ReceiverError,
    Refused,
    WrongAge,
    WrongAuthorization,
    WrongSignature,
    is_backfill,
    verify,
    verify_authorization,
)

SECRET = new_signing_secret()
FORMER = new_signing_secret()
BODY = '{"user": "Ærøskøbing"}'.encode()
NOW = 1_764_280_800


def _headers(*secrets: str, timestamp: int = NOW, body: bytes = BODY) -> dict[str, str]:
    return {
        "webhook-id": "5f0e",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secrets or [SECRET], event_id="5f0e", timestamp=timestamp, body=body),
    }


def test_what_we_sign_holds_and_its_id_and_time_are_returned() -> None:
    """The id is the one to drop repeats by, the time is that of the attempt."""
    verified = verify(_headers(), BODY, SECRET, now=NOW)
    assert (verified.webhook_id, verified.sent_at.timestamp(), verified.is_test) == ("5f0e", NOW, False)
    assert verify(_headers(timestamp=int(time.time())), BODY, SECRET).webhook_id


def test_what_another_implementation_signs_holds_too() -> None:
    """Standard Webhooks' own library signs, ours verifies."""
    sent_at = verify(_headers(), BODY, SECRET, now=NOW).sent_at
    signed = Webhook(SECRET).sign("5f0e", sent_at, BODY.decode())
    assert verify(_headers() | {"webhook-signature": signed}, BODY, SECRET, now=NOW).webhook_id


@pytest.mark.parametrize(
    ("signing", "known"),
    [([SECRET, FORMER], FORMER), ([FORMER, SECRET], [FORMER]), ([SECRET], [FORMER, SECRET]), ([SECRET], f"{SECRET}\n")],
    ids=["the-former-is-known", "in-a-list", "both-are-known", "read-from-a-file"],
)
def test_one_common_secret_suffices_while_one_is_rotated(signing: list[str], known: str | list[str]) -> None:
    """The POST may have two signatures, and the receiver may know two secrets."""
    assert verify(_headers(*signing), BODY, known, now=NOW).webhook_id


def _message(plain: dict[str, str]) -> Message:
    message = Message()
    for name, value in plain.items():
        message[name] = value
    return message


@pytest.mark.parametrize(
    "of_framework",
    [
        lambda plain: {name.title(): value for name, value in plain.items()},
        WerkzeugHeaders,
        StarletteHeaders,
        lambda plain: HttpHeaders({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in plain.items()}),
        _message,
    ],
    ids=["capital-letters", "werkzeug", "starlette", "django", "http.server"],
)
def test_the_headers_of_each_framework_are_read(of_framework: Callable[[dict[str, str]], Any]) -> None:
    """The case of a name does not matter."""
    headers = of_framework(_headers() | {"authorization": "Token abc"})
    assert verify(headers, BODY, SECRET, now=NOW).webhook_id
    verify_authorization(headers, "Token abc")
    assert not is_backfill(headers)
    assert is_backfill(of_framework(_headers() | {"webhook-backfill": "true"}))


@pytest.mark.parametrize(
    ("headers", "body", "error", "words"),
    [
        ({}, BODY, MissingHeader, "no webhook-id and no webhook-timestamp and no webhook-signature header"),
        (_headers() | {"webhook-signature": ""}, BODY, MissingHeader, "not signed: no webhook-signature header"),
        (_headers() | {"webhook-timestamp": "9" * 5_000}, BODY, InvalidTimestamp, "no number of seconds"),
        (_headers() | {"webhook-timestamp": "-5"}, BODY, InvalidTimestamp, "no number of seconds"),
        (_headers() | {"webhook-timestamp": "١٢٣"}, BODY, InvalidTimestamp, "no number of seconds"),
        (_headers(timestamp=NOW - 301), BODY, WrongAge, "301 s old, and at most 300 s are allowed"),
        (_headers(timestamp=NOW + 301), BODY, WrongAge, "301 s ahead of this clock"),
        (_headers(FORMER), BODY, WrongSignature, "of another secret or of other bytes"),
        (_headers(), BODY + b" ", WrongSignature, "of another secret or of other bytes"),
        (_headers() | {"webhook-id": "5f0f"}, BODY, WrongSignature, "of another secret or of other bytes"),
        (_headers() | {"webhook-signature": "v1,\xe9\udcff"}, BODY, WrongSignature, "of another secret"),
        (_headers() | {"webhook-signature": "v1a,abc"}, BODY, WrongSignature, "no signature of version 1"),
    ],
    ids=[
        *("unsigned", "empty", "endless-time", "before-1970", "other-digits", "old", "ahead"),
        *("other-secret", "other-bytes", "other-id", "not-ascii", "other-version"),
    ],
)
def test_each_fault_has_its_own_error_and_words(
    headers: dict[str, str], body: bytes, error: type[NotTrusted], words: str
) -> None:
    """All are 401, and none quotes a secret."""
    with pytest.raises(error, match=words) as refused:
        verify(headers, body, SECRET, now=NOW)
    assert refused.value.status == 401
    assert SECRET not in str(refused.value)


def test_an_event_that_was_fetched_is_checked_in_the_same_way() -> None:
    """It has the names of the headers, and its body as text; null stands for a signature where there is none."""
    event = _headers() | {"body": BODY.decode()}
    assert verify(event, event["body"].encode(), SECRET, now=NOW).webhook_id == "5f0e"
    with pytest.raises(MissingHeader, match="no webhook-signature"):
        verify({**event, "webhook-signature": None}, BODY, SECRET, now=NOW)  # type: ignore[dict-item]  # JSON's null


@pytest.mark.parametrize(
    "error", [MissingHeader("a", "b"), InvalidTimestamp(), WrongAge(5.0, 1.0), InvalidBody({"user.id": "is missing"})]
)
def test_an_error_crosses_processes(error: Refused) -> None:
    """A receiver's worker may report it to another process."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_the_allowed_age_is_the_receivers_choice() -> None:
    """At its edge it is allowed; None allows any."""
    headers = _headers(timestamp=NOW - 600)
    assert verify(headers, BODY, SECRET, now=NOW, tolerance_seconds=600).webhook_id
    with pytest.raises(WrongAge) as refused:
        verify(headers, BODY, SECRET, now=NOW, tolerance_seconds=599)
    assert refused.value.age_seconds == 600
    assert verify(headers, BODY, SECRET, tolerance_seconds=None).webhook_id


@pytest.mark.parametrize("wrong", [{"tolerance_seconds": math.nan}, {"now": math.nan}])
def test_an_age_that_is_not_a_number_is_not_allowed(wrong: dict[str, float]) -> None:
    """Every comparison with it is false: it must not be the one that allows."""
    with pytest.raises(WrongAge, match="nan s"):
        verify(_headers(), BODY, SECRET, **{"now": NOW, **wrong})


@pytest.mark.parametrize(
    "secrets", ["", [], "Token abc", "whsec_", "whsec_###", [SECRET, ""], None, [None], b"whsec_aaaa"]
)
def test_a_secret_that_is_none_is_the_receivers_own_fault(secrets: Any) -> None:
    """It is no 401: nothing could be trusted. None is what an environment gives for a variable that is not set."""
    with pytest.raises(InvalidSecret) as refused:
        verify(_headers(), BODY, secrets, now=NOW)
    assert "###" not in str(refused.value)
    assert not isinstance(refused.value, NotTrusted)


def test_text_in_the_place_of_the_bytes_is_refused() -> None:
    """A body that was decoded and is encoded again may be other bytes."""
    with pytest.raises(TypeError, match="bytes as they came"):
        verify(_headers(), BODY.decode(), SECRET, now=NOW)  # type: ignore[arg-type]  # what is wrong here


@pytest.mark.parametrize(
    ("sent", "saved"), [("Token abc", "Token abc"), ("Token abc", "Token abc "), ("Bearer \xe9", "Bearer \xe9")]
)
def test_the_saved_authorization_is_taken(sent: str, saved: str) -> None:
    """A blank at its end may have been cut off by the server."""
    verify_authorization({"Authorization": sent}, saved)


@pytest.mark.parametrize("saved", ["", "  ", None, b"Token abc"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Token abc"}])
def test_without_a_saved_authorization_nobody_is_trusted(headers: dict[str, str], saved: Any) -> None:
    """A variable that is empty or not set must not let everybody in."""
    with pytest.raises(InvalidSecret, match="everybody would be trusted"):
        verify_authorization(headers, saved)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Token abd"}, {"Authorization": "Token ab\u0107"}])
def test_another_authorization_is_refused(headers: dict[str, str]) -> None:
    """It is 401, and the text quotes neither value."""
    with pytest.raises(WrongAuthorization) as refused:
        verify_authorization(headers, "Token abc")
    assert "abc" not in str(refused.value)
    assert isinstance(refused.value, ReceiverError)
