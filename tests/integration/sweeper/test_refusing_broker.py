"""A broker that takes no message: what it refused is not told as published, and goes when there is room."""

import redis
from structlog.testing import capture_logs

from lessonhook.console.processes import wait_until
from lessonhook.worker.recovery.sweeper import Sweeper
from tests.integration.sweeper.lanes import Lanes
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.stored_fields import event_fields


def test_what_it_refuses_is_not_counted(lanes: Lanes, sweeper: Sweeper, redis_client: redis.Redis) -> None:
    """A full Redis, and three lost messages: no sweep tells of any until there is room, then of all three."""
    events = lanes.published(3)
    lanes.lose_all()
    redis_client.config_set("maxmemory", 1)

    def tried() -> bool:
        assert sweeper.sweep() == 0
        return all(int(event_fields(lanes.ledger, *each).get("republished", 0)) for each in events.items())

    found = 0

    def published() -> bool:
        nonlocal found
        found += sweeper.sweep()
        return found >= 3

    with capture_logs() as logs:
        wait_until(tried, PATIENCE_SECONDS, "a try for each of them")
        assert not [line for line in logs if line["event"] == "sweep.published"]
        redis_client.config_set("maxmemory", 0)
        wait_until(published, PATIENCE_SECONDS, lambda: f"three messages, {found} came")
    assert len([line for line in logs if line["event"] == "sweep.published"]) == len(lanes.waiting()) == 3
