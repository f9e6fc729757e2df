"""What each command really writes with `--json` is what its schema says, with no key that the schema does not name."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from lessonhook.console.json_schemas import DOCUMENTS
from lessonhook.producer import Producer
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.command_line import Cli

_FOLDER = Path(__file__).parents[3] / "docs" / "schemas"
RUNS = [
    ("status",),
    ("status", "acme"),
    ("events", "acme"),
    ("find", "17"),
    ("audit",),
    ("backfill", "status", "acme"),
    ("reconcile", "acme"),
    ("reconcile", "acme", "--ids"),
    ("replay", "--subscriber", "acme", "--dry-run"),
    ("replay", "--subscriber", "acme", "--yes"),
    # The lines of this file are ids that no event has, so all are missing.
    ("replay-missing", "acme", __file__, "--day", "0s", "--dry-run"),
    ("replay-missing", "acme", __file__, "--day", "0s", "--yes"),
    ("erase", "--subscriber", "acme", "--user-id", "17", "--dry-run"),
    ("erase", "--subscriber", "acme", "--user-id", "17"),
    ("drop", "acme", "--reason", "a trial", "--dry-run"),
    ("drop", "acme", "--reason", "a trial"),
    ("send-test", "acme"),
    ("settings",),
    ("doctor",),
    ("subscriptions", "list"),
    ("subscriptions", "show", "acme"),
]


def _closed(part: Any) -> Any:
    """Return the schema with no key allowed that it does not name."""
    if isinstance(part, list):
        return [_closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {name: _closed(each) for name, each in part.items()}
    return closed | {"additionalProperties": False} if "properties" in part and "title" in part else closed


def _name(run: tuple[str, ...]) -> str:
    return "-".join(run[:2]) if run[0] in {"backfill", "subscriptions"} else run[0]


def _check(command: str, document: Any) -> None:
    schema = json.loads((_FOLDER / f"{command}.json").read_text(encoding="utf-8"))
    Draft202012Validator(_closed(schema)).validate(document)


@pytest.fixture
def busy(stored: Stored, customer: Customer, producer: Producer) -> Stored:
    """Return a company with events in several states, one name without a subscription, and acts in its audit."""
    stored.delivered("17")
    stored.refused("17")
    stored.retrying("18")
    stored.held("19")
    producer.subscriptions.change(customer.name, by="ada", max_in_flight=4)
    return stored


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("run", RUNS, ids=" ".join)
def test_what_a_command_writes_is_what_its_schema_says(cli: Cli, run: tuple[str, ...]) -> None:
    """With events in several states; the exit code is another test's matter."""
    _check(_name(run), cli(*run, "--json").json)


def test_every_command_that_has_a_schema_is_run() -> None:
    """Here, or by the two tests below, which need more than a command."""
    assert {_name(run) for run in RUNS} | {"event", "rebuild"} == {name.replace(" ", "-") for name in DOCUMENTS}


def test_an_event_with_its_attempts_and_its_body(cli: Cli, busy: Stored) -> None:
    """Without the body, its key is left out."""
    event_id = busy.held("20")
    _check("event", cli("event", event_id, "--json").json)
    shown = cli("event", event_id, "--show-body", "--json").json
    assert json.loads(shown["body"])["user"]["id"] == "20"
    _check("event", shown)


@pytest.mark.usefixtures("busy")
def test_what_became_of_lines(cli: Cli, tmp_path: Path) -> None:
    """With a bad line, which is named."""
    lines = tmp_path / "completions.jsonl"
    lines.write_text('{"subscriber": "acme"}\n')
    document = cli("rebuild", str(lines), "--dry-run", "--json").json
    assert [each["line"] for each in document["bad_lines"]] == [1]
    _check("rebuild", document)
