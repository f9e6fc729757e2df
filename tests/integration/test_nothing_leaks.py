"""Nothing of a person, no body and no credential is in anything that is written or shown, however a delivery ends.

What Flower's pages and its API show is searched for marks of its own in `test_flower.py`.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from pydantic import SecretStr

from lessonhook.config import LogFormat
from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from tests.support.environment import environment_of
from tests.support.observability.task_events import HeardEvents, heard_events
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House, open_house
from tests.support.people.leaky_story import Story
from tests.support.people.marks import ENCRYPTION_KEY, MARKS

#: Straight to the loopback: a proxy of the machine's has no business here.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Told(NamedTuple):
    """What is left when the story is told: its parts, and what was heard meanwhile."""

    house: House
    story: Story
    heard: HeardEvents
    metrics_port: int

    def missing(self, text: str) -> list[str]:
        """Return which events a text does not tell of."""
        return [what for what, event_id in self.story.events.items() if event_id not in text]


@pytest.fixture(scope="module", params=list(LogFormat))
def told(request: pytest.FixtureRequest, server_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Yield a story told to the end, in one format of the log, by a worker at its most talkative."""
    port = free_port()
    with (
        open_house(
            server_kind,
            tmp_path_factory.mktemp("leaks"),
            log_format=request.param,
            metrics_port=port,
            encryption_keys=(SecretStr(ENCRYPTION_KEY),),
            retry_delay_seconds=0.1,
        ) as house,
        heard_events(house.settings) as heard,
    ):
        house.workers.start(options=["--loglevel", "DEBUG"])
        wait_until(lambda: heard.of("worker-heartbeat"), PATIENCE_SECONDS, "the worker's first event")
        story = Story(house)
        story.tell()
        yield Told(house, story, heard, port)
        house.part_with_customers()


#: What does not hang on the log's format is looked at once.
once = pytest.mark.parametrize("told", [LogFormat.JSON], indirect=True)


def assert_unmarked(text: str) -> None:
    """Fail if any mark is in a text, with a little of what stands around it."""
    for mark in MARKS:
        place = text.find(mark)
        assert place < 0, f"{mark} is told: …{text[max(0, place - 200) : place + 100]}…"


def test_the_workers_log_names_every_event_and_no_person(told: Told) -> None:
    """In both formats: each event by its id, and no mark."""
    log = told.house.worker.logs()
    assert told.missing(log) in ([], ["in flight"])
    assert_unmarked(log)


@once
def test_task_events_name_every_event_and_no_person(told: Told) -> None:
    """Arguments, results, exceptions and tracebacks of received, started, retried, failed and succeeded tasks."""
    wait_until(
        lambda: not told.missing(told.heard.text),
        PATIENCE_SECONDS,
        lambda: f"events of {told.missing(told.heard.text)}",
    )
    for kind in ("task-received", "task-started", "task-succeeded", "task-failed", "task-retried"):
        assert told.heard.of(kind), kind
    assert_unmarked(told.heard.text)


@once
@pytest.mark.parametrize("question", ["active", "scheduled", "reserved", "revoked", "stats", "conf", "registered"])
def test_inspect_shows_ids_only(told: Told, question: str) -> None:
    """Raw arguments are shown for the whole of a countdown, and settings by `conf`."""
    reply = told.house.worker.ask(question)
    assert reply is not None
    shown = json.dumps(reply, default=repr)
    in_hand = {"active": "in flight", "scheduled": "waiting for its retry"}.get(question)
    assert in_hand is None or told.story.events[in_hand] in shown
    assert_unmarked(shown)


@once
@pytest.mark.parametrize(
    "command", [["status"], ["status", "--json"], ["subscriptions", "list"], ["settings"]], ids=" ".join
)
def test_the_command_line_shows_no_secret_and_no_person(told: Told, command: list[str]) -> None:
    """Not in its tables, its JSON or its complaints, although its own environment has the keys."""
    ran = subprocess.run(
        [sys.executable, "-m", "lessonhook.console", *command],
        env={**os.environ, **environment_of(told.house.settings), "COLUMNS": "500"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert ran.stdout or ran.stderr
    assert_unmarked(ran.stdout + ran.stderr)


@once
@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
def test_metrics_and_health_show_no_secret_and_no_person(told: Told, path: str) -> None:
    """Labels are few and named; an event is in none of them."""
    with _OPENER.open(f"http://{LOOPBACK}:{told.metrics_port}{path}", timeout=PATIENCE_SECONDS) as response:
        text = response.read().decode()
    assert text
    assert_unmarked(text)
    assert told.missing(text) == list(told.story.events)
