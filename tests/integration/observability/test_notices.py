"""One notice for each transition, by three ways: the log, the signal for an LMS, the operator's webhook."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lessonhook.config import LogFormat
from lessonhook.console.processes import wait_until
from lessonhook.ledger import publish
from tests.integration.conftest import OpenHouse
from tests.support.endpoints.exchange import ACCEPTED, DROPS, FAILED, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House

#: What an LMS would write: a module that is named in LESSONHOOK_WORKER_IMPORTS.
LISTENER = """
import json, os
from lessonhook.ledger import noticed

@noticed.connect
def write_down(notice, subscriber, **more):
    line = {"type": notice.kind, "subscriber": subscriber, "event_id": notice.event_id, "why": notice.why}
    with open(os.environ["HEARD"], "a") as heard:
        heard.write(json.dumps(line) + "\\n")

@noticed.connect
def stumble(notice, **more):
    raise RuntimeError("a receiver's own fault")
"""
OPERATOR = "/operator"


class Told:
    """What was told of one system's changes, by each of the three ways."""

    def __init__(self, house: House, heard: Path) -> None:
        self._house = house
        self._heard = heard

    @property
    def by_signal(self) -> list[dict[str, Any]]:
        """What the LMS's own receiver heard."""
        return [json.loads(line) for line in self._heard.read_text().splitlines()] if self._heard.exists() else []

    @property
    def by_webhook(self) -> list[dict[str, Any]]:
        """What was posted to the operator."""
        return [post.json() for post in self._house.receiver.posts_to(OPERATOR)]

    def in_log(self, kind: str) -> list[dict[str, Any]]:
        """Return the log's lines of a kind."""
        lines = [line for worker in self._house.workers.started for line in worker.logs().splitlines()]
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        return [entry for entry in entries if entry["event"] == kind]

    def wait_for(self, kind: str, customer: Customer, count: int = 1) -> dict[str, Any]:
        """Wait until each way announced a kind so often, and return what the signal sent last."""

        def told() -> tuple[int, int, int]:
            signal = [each for each in self.by_signal if (each["type"], each["subscriber"]) == (kind, customer.name)]
            posted = [
                each for each in self.by_webhook if (each["type"], each["data"]["subscriber"]) == (kind, customer.name)
            ]
            logged = [entry for entry in self.in_log(kind) if entry["subscriber"] == customer.name]
            return len(signal), len(posted), len(logged)

        wait_until(
            lambda: told() == (count,) * 3,
            PATIENCE_SECONDS,
            lambda: f"{kind} {count} times each way; it was told {told()}",
        )
        return [each for each in self.by_signal if each["type"] == kind][-1]


OpenTold = Callable[..., AbstractContextManager[tuple[House, Told]]]


@pytest.fixture
def notifying(own_house: OpenHouse, tmp_path: Path) -> OpenTold:
    """Yield what opens a system that announces changes in all three ways, and collects the announcements."""
    (tmp_path / "lms_notices.py").write_text(LISTENER)
    heard = tmp_path / "heard"

    @contextmanager
    def open_told(**changes: Any) -> Iterator[tuple[House, Told]]:
        quick = {"sweep_interval_seconds": 0.2, "republish_after_seconds": 0.5, "log_format": LogFormat.JSON}
        with own_house(**quick, **changes) as house:
            house.workers.start(
                env={
                    "PYTHONPATH": str(tmp_path),
                    "HEARD": str(heard),
                    "LESSONHOOK_WORKER_IMPORTS": '["lms_notices"]',
                    "LESSONHOOK_OPERATOR_WEBHOOK_URL": house.receiver.url(OPERATOR),
                }
            )
            yield house, Told(house, heard)

    return open_told


def test_a_pause_is_announced_once_and_so_is_its_end(notifying: OpenTold) -> None:
    """Three failures are one notice, however many events wait; the fresh event that lifts the pause is another one."""
    with notifying() as (house, told):
        customer = house.customer()
        customer.respond(FAILED)
        event_id = customer.publish()
        customer.wait_for(paused=True)
        notice = told.wait_for("subscriber.paused", customer)
        assert notice["event_id"] == event_id
        assert "500" in notice["why"]
        customer.respond(ACCEPTED)
        customer.publish()
        customer.wait_for(delivered=2)
        assert told.wait_for("subscriber.resumed", customer)["why"] == "a fresh event"
        told.wait_for("subscriber.paused", customer)
        kinds = Counter(each["type"] for each in told.by_signal)
        assert kinds == {"subscriber.paused": 1, "subscriber.resumed": 1}
        posted = told.by_webhook[0]
        assert posted["data"] == {"subscriber": customer.name, "event_id": event_id, "why": notice["why"]}
        assert posted["timestamp"].endswith("Z")


def test_an_operators_resumption_is_announced_when_a_worker_comes_to_the_lane(notifying: OpenTold) -> None:
    """Who lifted the pause is said."""
    with notifying() as (house, told):
        customer = house.customer()
        customer.respond(FAILED)
        customer.publish()
        customer.wait_for(paused=True)
        customer.respond(ACCEPTED)
        house.resume(customer)
        customer.wait_for(delivered=1)
        assert told.wait_for("subscriber.resumed", customer)["why"] == "an operator"


def test_an_operators_pause_and_its_end_are_announced_where_nothing_else_happens(notifying: OpenTold) -> None:
    """The sweep announces them: the pause before its end, and each of them once."""
    with notifying() as (house, told):
        customer = house.customer()
        publish(house.producer.app, house.ledger.pause(customer.name), ledger=house.ledger)
        assert told.wait_for("subscriber.paused", customer)["why"] == "an operator"
        house.resume(customer)
        assert told.wait_for("subscriber.resumed", customer)["why"] == "an operator"
        told.wait_for("subscriber.resumed", customer)
        assert [each["type"] for each in told.by_signal] == ["subscriber.paused", "subscriber.resumed"]


def test_a_refused_event_is_announced_once(notifying: OpenTold) -> None:
    """The endpoint accepts another event and not this one: the customer should hear which."""
    with notifying() as (house, told):
        customer = house.customer()
        customer.publish_one_that_is_refused("poison")
        customer.wait_for(refused=1)
        notice = told.wait_for("event.refused", customer)
        assert notice["event_id"] == "poison"
        assert "422" in notice["why"]


def test_an_expired_event_is_announced_once(notifying: OpenTold) -> None:
    """What nobody took for the whole retention is never dropped in silence."""
    second = 1 / 86_400
    with notifying(retention_days=second) as (house, told):
        customer = house.customer()
        publish(house.producer.app, house.ledger.pause(customer.name), ledger=house.ledger)
        event_id = customer.publish()
        customer.wait_for(expired=1, held=0)
        assert told.wait_for("event.expired", customer)["event_id"] == event_id


def test_the_last_deliverys_notice_is_announced_before_the_worker_ends(notifying: OpenTold) -> None:
    """A worker that is told to end still posts what its deliveries in hand bring about."""
    with notifying() as (house, told):
        customer = house.customer()
        customer.respond(Response(status=410, hangs=True))
        customer.publish()
        customer.wait_for_posts(1)
        house.worker.terminate()
        wait_until(lambda: "Warm shutdown" in house.worker.logs(), PATIENCE_SECONDS, "the notice of its end")
        customer.release()
        assert house.worker.wait() == 0
        told.wait_for("subscriber.paused", customer)


def test_a_dead_operator_webhook_stops_no_delivery(notifying: OpenTold) -> None:
    """It is tried a few times, the log says that it failed and never where it is, and deliveries go on."""
    with notifying() as (house, told):
        house.receiver.respond(OPERATOR, Response(status=503), DROPS)
        customer = house.customer()
        customer.respond(Response(status=410), ACCEPTED)
        customer.publish()
        customer.wait_for(paused=True)
        customer.publish()
        customer.wait_for(delivered=2)
        wait_until(lambda: told.in_log("operator_webhook.failed"), PATIENCE_SECONDS, "the line that says so")
        # Its path may be a secret: none of the libraries that try it says it either.
        assert OPERATOR not in house.worker.logs()
        assert len(told.by_webhook) > 1


def test_nothing_leads_a_notice_elsewhere(notifying: OpenTold, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a redirect nor the environment's proxy: a notice names a company, and goes to the operator or nowhere."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with notifying() as (house, told):
        house.receiver.respond(
            OPERATOR, Response(status=307, headers=(("Location", house.receiver.url("/elsewhere")),))
        )
        customer = house.customer()
        customer.respond(Response(status=410))
        customer.publish()
        failed = wait_until(lambda: told.in_log("operator_webhook.failed"), PATIENCE_SECONDS, "the line that says so")
        assert failed[0]["status"] == 307
        assert len(told.by_webhook) == 1
        assert not house.receiver.posts_to("/elsewhere")
