"""The receiver's models hold whatever the contract allows, and nothing that it does not."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from lessonhook.ledger import new_signing_secret
from lessonhook.ledger.subscriptions import signature
from lessonhook.producer.published import completion_schema
from lessonhook.receiver import Completion, InvalidBody, Lesson, User, parse, receive
from tests.support.rooms import ROOT

CONTRACT = ROOT / "docs" / "contract"
SAMPLE: dict[str, Any] = json.loads((CONTRACT / "sample.json").read_bytes())


@pytest.mark.parametrize("sample", sorted(CONTRACT.glob("sample*.json")), ids=lambda path: path.stem)
def test_each_published_sample_is_parsed(sample: Path) -> None:
    """With every field, every null and every option; an id is text although the subscription wants numbers."""
    completion = parse(sample.read_bytes())
    assert completion.key == ("1", "1000")
    assert completion.completed_at == datetime(2015, 4, 28, 14, 36, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("model", "path"), [(Completion, ()), (User, ("properties", "user")), (Lesson, ("properties", "lesson"))]
)
def test_the_models_have_the_fields_of_the_contract(model: type[BaseModel], path: tuple[str, ...]) -> None:
    """The same names, and the same ones are required."""
    schema = completion_schema()
    for step in path:
        schema = schema[step]
    assert set(model.model_fields) == set(schema["properties"])
    assert {name for name, field in model.model_fields.items() if field.is_required()} == set(schema["required"])


def test_a_field_of_a_later_contract_is_ignored() -> None:
    """Fields may be added in time."""
    later = SAMPLE | {"attempt_number": 2, "user": SAMPLE["user"] | {"manager": "Eve"}}
    assert parse(json.dumps(later).encode()).user.name == "Sample Sampleson"


def test_custom_fields_keep_their_types() -> None:
    """Text, numbers, booleans and null."""
    values = {"a": "1", "b": 1, "c": 1.5, "d": True, "e": None}
    sent = SAMPLE | {"user": SAMPLE["user"] | {"custom_fields": values}}
    fields = parse(json.dumps(sent).encode()).user.custom_fields
    assert [(value, type(value)) for value in fields.values()] == [(value, type(value)) for value in values.values()]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "body: Invalid JSON"),
        (b"[]", "body: Input should be an object"),
        (b'{"user": \xff}', "body: Invalid JSON"),
        (json.dumps(SAMPLE | {"score_percent": "92 of Ada"}).encode(), "score_percent: Input should be a valid number"),
        (json.dumps(SAMPLE | {"score_percent": 101}).encode(), "score_percent: Input should be less than or equal to"),
        (json.dumps(SAMPLE | {"completed_at": "2026-03-01T12:00:00"}).encode(), "completed_at: .* timezone"),
        (json.dumps(SAMPLE | {"lesson": {"id": True, "title": "A"}}).encode(), "lesson.retake_score: is missing"),
        (json.dumps({}).encode(), "user: is missing"),
    ],
)
def test_a_body_that_is_no_completion_is_refused_without_quoting_it(body: bytes, problem: str) -> None:
    """The text names fields and rules, because it is written to logs."""
    with pytest.raises(InvalidBody, match=problem) as refused:
        parse(body)
    assert refused.value.status == 422
    assert refused.value.__context__ is None
    assert "Ada" not in str(refused.value)
    assert "Sampleson" not in str(refused.value)


def test_a_completion_shows_nothing_of_the_learner_but_the_id() -> None:
    """A `repr` is written to logs and tracebacks."""
    shown = repr(parse((CONTRACT / "sample.json").read_bytes()))
    assert "id='1'" in shown
    assert not any(value in shown for value in ("Sampleson", "sample@", "1234567890", "Custom", "100.0"))


def test_the_newest_completion_of_a_learner_and_lesson_counts() -> None:
    """A retake may come before the older one that was held back."""
    completion = parse((CONTRACT / "sample.json").read_bytes())
    assert completion.is_newer_than(None)
    assert completion.is_newer_than(completion.completed_at)
    assert not completion.is_newer_than(datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("headers", "is_past"),
    [
        ({}, False),
        ({"webhook-backfill": "true"}, True),
        ({"Webhook-Backfill": " TRUE "}, True),
        ({"webhook-backfill": "false"}, False),
        ({"webhook-backfill": ""}, False),
        ({"webhook-backfilled": "true"}, False),
    ],
)
def test_a_completion_of_the_past_is_told_by_its_header(headers: dict[str, str], is_past: bool) -> None:
    """Of a POST, and of an event that was fetched, which has the names of the headers."""
    body = (CONTRACT / "sample.json").read_bytes()
    secret, timestamp = new_signing_secret(), int(time.time())
    signed = {
        "webhook-id": "5f0e",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature([secret], event_id="5f0e", timestamp=timestamp, body=body),
    }
    assert receive(signed | headers, body, secret).is_backfill is is_past
    fetched = {**signed, **headers, "body": body.decode()}
    assert receive(fetched, fetched["body"].encode(), secret).is_backfill is is_past
