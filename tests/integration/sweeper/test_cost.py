"""What a sweep costs, in commands and not in seconds: the same with nothing to do, however much is held."""

from typing import Any

import redis

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.ledger import SHARDS
from lessonhook.worker.recovery.sweeper import Sweeper
from tests.integration.sweeper.lanes import Lanes, in_one_shard
from tests.support.patience import PATIENCE_SECONDS

#: The scripts that a sweep calls whatever there is: the heartbeat.
SCRIPTS_OF_AN_IDLE_SWEEP = 1


def commands(client: redis.Redis, sweeper: Sweeper) -> dict[str, int]:
    """Sweep once, and return how often Redis was asked for what; what scripts call is counted with them."""
    client.config_resetstat()
    sweeper.sweep()
    stats: Any = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): facts["calls"] for name, facts in stats.items()}


def test_an_idle_sweep_calls_no_script_for_any_shard(redis_client: redis.Redis, sweeper: Sweeper) -> None:
    """One look at each shard, together in one round trip."""
    sweeper.sweep()
    counted = commands(redis_client, sweeper)
    assert counted["evalsha"] == SCRIPTS_OF_AN_IDLE_SWEEP
    assert counted["zcount"] >= SHARDS
    assert counted["lindex"] == 2


def test_it_does_not_grow_with_what_is_held(
    lanes: Lanes, redis_client: redis.Redis, sweeper: Sweeper, settings: Settings
) -> None:
    """Over six hundred events held for thirty paused subscribers cost nothing: every command is as frequent."""
    sweeper.sweep()
    before = commands(redis_client, sweeper)
    for name, event_id in lanes.published(30).items():
        for _ in range(20):
            lanes.publish(name)
        lanes.ledger.pause(name)
        # Taken up and held: nothing of a paused lane is in a queue or in flight.
        lanes.ledger.admit(name, event_id)
        assert lanes.ledger.lanes.status(name).held == 21
    lanes.lose_all()
    # Each lane is looked at once more, since its event was queued; from then on, not before something happens in it.
    _wait_until_due(lanes, settings)
    sweeper.sweep()
    assert commands(redis_client, sweeper) == before


def test_what_is_lost_in_many_lanes_is_published_by_one_command(
    lanes: Lanes, redis_client: redis.Redis, sweeper: Sweeper, settings: Settings
) -> None:
    """After an outage it is thousands, and beside a busy loop a thread waits long for each reply."""
    sweeper.sweep()
    names = in_one_shard(20)
    lanes.subscribe(*names)
    published = [(name, lanes.publish(name)) for name in names]
    lanes.lose_all()
    _wait_until_due(lanes, settings)
    assert commands(redis_client, sweeper)["lpush"] == 1
    assert sorted((each.subscriber, each.event_id) for each in lanes.waiting()) == sorted(published)


def _wait_until_due(lanes: Lanes, settings: Settings) -> None:
    """Return when the sweep looks for what is queued by now."""
    due = lanes.ledger.heartbeats.beat("test", consuming=True) + round(settings.republish_after_seconds * 1000) + 1
    wait_until(
        lambda: lanes.ledger.heartbeats.beat("test", consuming=True) > due, PATIENCE_SECONDS, "the time of that look"
    )
