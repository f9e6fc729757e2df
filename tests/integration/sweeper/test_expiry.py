"""What nobody accepted within its retention expires: counted and logged, never silent."""

import time

import pytest
from structlog.testing import capture_logs

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.ledger import State
from lessonhook.ledger.transitions.keys import key
from lessonhook.worker.recovery.sweeper import Sweeper
from tests.integration.sweeper.lanes import GONE, Lanes
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.stored_fields import event_fields

RETENTION_SECONDS = 1.5


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return settings under which an undelivered event is kept for a second and a half."""
    return settings.model_copy(update={"retention_days": RETENTION_SECONDS / 86_400})


def test_held_events_of_a_paused_subscriber_expire(lanes: Lanes, sweeper: Sweeper) -> None:
    """Each is counted for the subscriber's statement and logged with its id; its body is gone, its record is not."""
    lanes.subscribe("acme")
    ids = [lanes.publish("acme") for _ in range(100)]
    began = time.monotonic()
    lanes.settle("acme", lanes.admit("acme", ids[0]), GONE)
    assert lanes.ledger.lanes.status("acme").held == 100
    with capture_logs() as logs:
        wait_until(
            lambda: sweeper.sweep() or lanes.ledger.lanes.status("acme").expired == 100, PATIENCE_SECONDS, "100 expired"
        )
    assert time.monotonic() - began >= RETENTION_SECONDS
    status = lanes.ledger.lanes.status("acme")
    assert (status.held, status.recorded, status.oldest_undelivered_seconds) == (0, 100, None)
    told = [line["event_id"] for line in logs if line["event"] == "event.expired"]
    assert sorted(told) == sorted(ids)
    assert {line["log_level"] for line in logs if line["event"] == "event.expired"} == {"warning"}
    for event_id in ids:
        assert event_fields(lanes.ledger, "acme", event_id)["state"] == State.EXPIRED
        assert lanes.ledger.redis.get(key("body", "acme", event_id)) is None


def test_what_is_in_flight_when_its_retention_ends_may_still_be_accepted(lanes: Lanes, sweeper: Sweeper) -> None:
    """A delivery under way is not expired under its worker's hands; what came after it goes as soon as it ended."""
    lanes.subscribe("acme")
    first = lanes.publish("acme")
    deadline = time.monotonic() + RETENTION_SECONDS
    second = lanes.publish("acme")
    wait_until(lambda: time.monotonic() > deadline - 0.2, PATIENCE_SECONDS, "nearly the end of its retention")
    lanes.admit("acme", first)
    wait_until(lambda: time.monotonic() > deadline + 0.3, PATIENCE_SECONDS, "the end of its retention")
    sweeper.sweep()
    assert event_fields(lanes.ledger, "acme", first)["state"] == State.DELIVERING
    wait_until(
        lambda: sweeper.sweep() or lanes.ledger.lanes.status("acme").expired == 2, PATIENCE_SECONDS, "both expired"
    )
    assert event_fields(lanes.ledger, "acme", second)["state"] == State.EXPIRED
