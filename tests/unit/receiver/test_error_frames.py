"""What an error reporter that keeps local variables sees of an error of the receiver's library."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lessonhook.receiver import (
    ReceiverError,
    parse,
    receive,
    receive_statement,
    verify,
    verify_authorization,
    verify_statement,
)
from tests.support.error_frames import frames_of

MARK = "MARK-5e0d"
#: The end of it is the mark in base64.
SECRET = "whsec_TUFSSy01ZTBkTUFSSy01ZTBkTUFSSy01ZTBk"
BODY = json.dumps({"user": MARK}).encode()
#: Signed by a stranger.
HEADERS = {"webhook-id": "1", "webhook-timestamp": "1764280800", "webhook-signature": "v1,AAAA"}
TEXT: Any = MARK
STATEMENT = json.dumps({**HEADERS, "body": BODY.decode()})
CALLS: dict[str, Callable[[], object]] = {
    "a stranger's signature": lambda: verify(HEADERS, BODY, SECRET, tolerance_seconds=None),
    "one that is too old": lambda: verify(HEADERS, BODY, [SECRET]),
    "no signature": lambda: verify({}, BODY, SECRET),
    "a wrong secret": lambda: verify(HEADERS, BODY, MARK),
    "text in the place of bytes": lambda: verify(HEADERS, TEXT, SECRET),
    "another Authorization": lambda: verify_authorization({"Authorization": "Token x"}, f"Token {MARK}"),
    "a stranger's completion": lambda: receive(HEADERS, BODY, SECRET, tolerance_seconds=None),
    "no completion": lambda: parse(BODY),
    "a stranger's statement": lambda: receive_statement(HEADERS, BODY, SECRET, tolerance_seconds=None),
    "a stranger's document": lambda: verify_statement(STATEMENT, SECRET),
    "no document": lambda: verify_statement(MARK, SECRET),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_no_frame_holds_a_secret_or_a_body(call: Callable[[], object]) -> None:
    """A stranger decides when there is an error: it would bring the secret into the reporter's store."""
    with pytest.raises((ReceiverError, TypeError)) as caught:
        call()
    frames = frames_of(caught.value, without=__file__)
    assert MARK not in frames
    assert SECRET not in frames
    assert caught.value.args
    assert MARK not in str(caught.value)
