"""A signed statement is trusted only if its signature holds and its numbers, hashes and ids agree."""

import hashlib
import json
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from lessonhook.ledger import new_signing_secret
from lessonhook.ledger.subscriptions import signature
from lessonhook.receiver import (
    DayOfStatement,
    InvalidStatement,
    MissingHeader,
    SignedDays,
    WrongSignature,
    ids_sha256,
    verify_statement,
)
from tests.support.patience import PATIENCE_SECONDS

SECRET = new_signing_secret()
IDS = {"b2": "delivered", "A1": "delivered", "a0": "held"}


def _stated(ids: dict[str, str] | None = None, *, with_ids: bool = True) -> dict[str, Any]:
    ids = IDS if ids is None else ids
    return SignedDays.of(
        ids,
        with_ids=with_ids,
        subscriber="acme",
        first_day=date(2026, 11, 1),
        last_day=date(2026, 11, 30),
        made_at=datetime(2026, 12, 1, 8, tzinfo=UTC),
        recorded=len(ids) + 4,
        no_longer_known=4,
        days=[DayOfStatement(day=date(2026, 11, 3), recorded=len(ids) + 4, accepted=2)],
        notes=["4 completions …"],
    ).model_dump(mode="json")


def _document(stated: object, *, secret: str = SECRET) -> str:
    body = json.dumps(stated)
    signed = signature([secret], event_id="statement-acme", timestamp=1_764_576_000, body=body.encode())
    return json.dumps(
        {
            "webhook-id": "statement-acme",
            "webhook-timestamp": "1764576000",
            "webhook-signature": signed,
            "body": body,
        }
    )


def test_the_hash_is_the_one_of_sorted_lines(tmp_path: Path) -> None:
    """Each id once, sorted by bytes, each with a line end: a shell makes the same of a file."""
    assert ids_sha256(["b", "a", "B", "a"]) == hashlib.sha256(b"B\na\nb\n").hexdigest()
    assert ids_sha256([]) == hashlib.sha256().hexdigest()
    file = tmp_path / "ids.txt"
    file.write_text("b\na\nB\na\n", encoding="ascii")
    made = subprocess.run(
        ["/bin/sh", "-c", f"LC_ALL=C sort -u '{file}' | sha256sum"],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert made.stdout.split()[0] == ids_sha256(["a", "b", "B"])


def test_a_statement_is_trusted_at_any_age_and_compared() -> None:
    """What the LMS says was accepted and is not here is missing; ids of other days do no harm."""
    stated = verify_statement(_document(_stated()), [new_signing_secret(), SECRET])
    assert (stated.recorded, stated.no_longer_known, stated.known.count, stated.accepted.count) == (7, 4, 3, 2)
    assert stated.missing(["A1", "of another day"]) == ["b2"]
    assert stated.missing(["A1", "b2"]) == []
    assert stated.is_of(["b2", "A1"])
    assert not stated.is_of(["b2"])
    assert verify_statement(_document(_stated()).encode(), SECRET) == stated


def test_a_statement_without_ids_has_its_hashes() -> None:
    """The receiver's own ids of these days can still be compared with it."""
    stated = verify_statement(_document(_stated(with_ids=False)), SECRET)
    assert stated.ids is None
    assert stated.is_of(["A1", "b2"])
    with pytest.raises(InvalidStatement, match="without ids"):
        stated.missing(["A1"])


def test_another_secret_or_another_byte_is_not_trusted() -> None:
    """As for a POST."""
    document = _document(_stated())
    with pytest.raises(WrongSignature):
        verify_statement(document, new_signing_secret())
    with pytest.raises(WrongSignature):
        verify_statement(document.replace('\\"recorded\\": 7', '\\"recorded\\": 6', 1), SECRET)
    with pytest.raises(MissingHeader, match="webhook-signature"):
        verify_statement(json.dumps({**json.loads(document), "webhook-signature": None}), SECRET)


@pytest.mark.parametrize(
    "document", ["", "[]", "null", '{"body": 5}', '{"webhook-id": "7"}', b"\xff", pytest.param("[" * 9_999, id="deep")]
)
def test_what_is_no_document_is_refused(document: str | bytes) -> None:
    """Before anything is checked."""
    with pytest.raises(InvalidStatement, match="give it as the LMS made it"):
        verify_statement(document, SECRET)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recorded": 8}, "`recorded` is not the sum"),
        ({"states": {"delivered": 3}}, "`states` contradicts"),
        ({"ids": {"b2": "delivered", "A1": "delivered", "a9": "held"}}, "`ids` is not the list"),
        ({"ids": {"b2": "delivered", "a0": "delivered", "A1": "held"}}, "`ids` is not the list"),
        ({"statement": 2}, "statement: Input should be 1"),
        ({"made_at": "2026-12-01T08:00:00"}, "made_at"),
    ],
)
def test_a_signed_statement_that_contradicts_itself_is_refused(change: dict[str, Any], words: str) -> None:
    """A fault of the LMS is seen by the receiver."""
    with pytest.raises(InvalidStatement, match=words):
        verify_statement(_document(_stated() | change), SECRET)


def test_a_signed_completion_is_no_statement() -> None:
    """What is signed for another use is not taken for one."""
    with pytest.raises(InvalidStatement):
        verify_statement(_document({"user": {}, "lesson": {}}), SECRET)
