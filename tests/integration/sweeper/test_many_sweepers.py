"""Every worker sweeps: what one has published again, no other one publishes a second time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.ledger.transitions.keys import shard_of
from lessonhook.worker.recovery.sweeper import Sweeper
from tests.integration.sweeper.lanes import Lanes, in_one_shard
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.stored_fields import event_fields


@pytest.fixture
def workers_settings(settings: Settings) -> Settings:
    """Return settings by which what a sweep published counts as lost after ten minutes only.

    After half a second, as by the LMS's settings here, a sweeper held up by a busy machine between its script and
    the broker would have lost the message, and another sweeper would be right to publish it again.
    """
    return settings.model_copy(update={"republish_after_seconds": 600.0})


def sweep_together(sweepers: list[Sweeper]) -> int:
    """Let all of them sweep at the same time; return how many events they published together."""
    with ThreadPoolExecutor(len(sweepers)) as pool:
        return sum(pool.map(Sweeper.sweep, sweepers))


def test_ten_at_once_publish_each_lost_event_once(lanes: Lanes, sweepers: list[Sweeper]) -> None:
    """Sixty messages lost, ten workers that look for them: sixty messages."""
    events = lanes.published(60)
    lanes.lose_all()
    found = 0

    def all_found() -> bool:
        nonlocal found
        found += sweep_together(sweepers)
        return found >= len(events)

    wait_until(all_found, PATIENCE_SECONDS, lambda: f"60 events, {found} came")
    assert found == 60
    assert sorted(each.event_id for each in lanes.waiting()) == sorted(events.values())


def test_a_slow_sweep_does_not_publish_again_what_came_after_its_look(lanes: Lanes, settings: Settings) -> None:
    """It read an empty queue, and stood still until the message of an event was due for a look."""
    lanes.subscribe("acme")
    read_at_ms = lanes.ledger.now_ms()
    lanes.publish("acme")
    lanes.ledger.clock_ahead_ms += round(settings.republish_after_seconds * 1000)
    shard = shard_of("acme")
    [step] = lanes.ledger.sweep(shard, oldest_waiting_ms={}, read_at_ms=read_at_ms)
    assert step.publish == ()
    lanes.ledger.clock_ahead_ms += round(settings.republish_after_seconds * 1000)
    [step] = lanes.ledger.sweep(shard, oldest_waiting_ms={}, read_at_ms=lanes.ledger.now_ms())
    assert len(step.publish) == 1


def test_ten_at_once_take_a_lost_lease_from_its_worker_once(lanes: Lanes, sweepers: list[Sweeper]) -> None:
    """A lease that ran out counts as one lost lease, no matter which worker sees it first."""
    events = lanes.published(8)
    for name, event_id in events.items():
        lanes.admit(name, event_id)
    lanes.lose_all()
    wait_until(lambda: sweep_together(sweepers) and len(lanes.waiting()) == 8, PATIENCE_SECONDS, "eight messages")
    for name, event_id in events.items():
        assert event_fields(lanes.ledger, name, event_id)["leases_lost"] == "1"


def test_one_sweep_looks_at_every_lane_that_is_due(lanes: Lanes, sweeper: Sweeper, settings: Settings) -> None:
    """More lanes in one shard than one script looks at: still found within one sweep."""
    names = in_one_shard(100)
    lanes.subscribe(*names)
    for name in names:
        lanes.publish(name)
    lanes.lose_all()
    due = time.monotonic() + settings.republish_after_seconds
    wait_until(lambda: time.monotonic() > due + 0.1, PATIENCE_SECONDS, "the time at which all of them count as lost")
    assert sweeper.sweep() == 100
