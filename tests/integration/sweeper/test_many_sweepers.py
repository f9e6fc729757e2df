"""Every worker sweeps: what one has published again, no other one publishes a second time."""

import time
from concurrent.futures import ThreadPoolExecutor

from lessonhook.config import Settings
from lessonhook.worker.sweeper import Sweeper
from tests.integration.sweeper.lanes import Lanes, in_one_shard
from tests.support.waiting import wait_until


def sweep_together(sweepers: list[Sweeper]) -> int:
    """Let all of them sweep at the same time; answer how many events they published together."""
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

    wait_until(all_found, 20, lambda: f"60 events, {found} came")
    assert found == 60
    assert sorted(each.event_id for each in lanes.waiting()) == sorted(events.values())


def test_ten_at_once_take_a_lost_lease_from_its_worker_once(lanes: Lanes, sweepers: list[Sweeper]) -> None:
    """A lease that ran out counts as one lost lease, whoever sees it first."""
    events = lanes.published(8)
    for name, event_id in events.items():
        lanes.admit(name, event_id)
    lanes.lose_all()
    wait_until(lambda: sweep_together(sweepers) and len(lanes.waiting()) == 8, 20, "eight messages")
    for name, event_id in events.items():
        assert lanes.ledger.inspect_event(name, event_id)["leases_lost"] == "1"


def test_one_sweep_looks_at_every_lane_that_is_due(lanes: Lanes, sweeper: Sweeper, settings: Settings) -> None:
    """More lanes in one shard than one script looks at: still found within one sweep."""
    names = in_one_shard(100)
    lanes.subscribe(*names)
    for name in names:
        lanes.publish(name)
    lanes.lose_all()
    due = time.monotonic() + settings.republish_after_seconds
    wait_until(lambda: time.monotonic() > due + 0.1, 10, "the time at which all of them count as lost")
    assert sweeper.sweep() == 100
