"""What can't be read stops nothing but itself: all that is healthy is recovered, and the log names what is not."""

from collections.abc import Sequence

import pytest
import redis
from redis.exceptions import ClusterDownError, OutOfMemoryError, ResponseError
from structlog.testing import capture_logs

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, RETRIES, ServerRefusal
from lessonhook.console.processes import wait_until
from lessonhook.ledger import Ledger
from lessonhook.ledger.transitions.keys import key
from lessonhook.worker.recovery.sweeper import Sweeper
from tests.integration.sweeper.lanes import ACCEPTED, Lanes, in_one_shard
from tests.support.patience import PATIENCE_SECONDS


def damage(client: redis.Redis, name: str, event_id: str) -> None:
    """Put something else where an event's record was."""
    client.delete(key("event", name, event_id))
    client.set(key("event", name, event_id), b"of somebody else", ex=60)


def deliver(lanes: Lanes) -> list[str]:
    """Take every message that waits, deliver its event, and name whose they were."""
    names = []
    for each in lanes.waiting():
        lanes.lose(each)
        lanes.settle(each.subscriber, lanes.admit(each.subscriber, each.event_id), ACCEPTED)
        names.append(each.subscriber)
    return names


@pytest.mark.parametrize("damaged", [[0], [3, 17, 39]], ids=["the first", "some"])
def test_of_a_shard_all_other_lanes_are_swept(
    lanes: Lanes, sweeper: Sweeper, redis_client: redis.Redis, damaged: Sequence[int]
) -> None:
    """Fifty lanes lost their messages, forty of one shard: all are delivered but the damaged ones, which are named."""
    names = in_one_shard(40)
    bad = {names[position] for position in damaged}
    names += [f"company-{number}" for number in range(10)]
    lanes.subscribe(*names)
    for name in names:
        event_id = lanes.publish(name)
        if name in bad:
            damage(redis_client, name, event_id)
    lanes.lose_all()
    delivered: list[str] = []

    def all_others() -> bool:
        sweeper.sweep()
        delivered.extend(deliver(lanes))
        return len(delivered) >= len(names) - len(bad)

    with capture_logs() as logs:
        wait_until(all_others, PATIENCE_SECONDS, lambda: f"the others of {sorted(set(names) - set(delivered))}")
    assert sorted(delivered) == sorted(set(names) - bad)
    assert {line["subscriber"] for line in logs if line["event"] == "sweep.lane_damaged"} == bad


@pytest.mark.parametrize(
    "refusal", [ClusterDownError("The cluster is down"), OutOfMemoryError("OOM"), ResponseError("BUSY Redis is busy")]
)
def test_no_lane_is_taken_for_a_damaged_one_while_redis_serves_nobody(
    lanes: Lanes, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch, refusal: ResponseError
) -> None:
    """Its message would be looked for again a minute later; as it is, the next sweep publishes it."""

    def refused(*_: object, **__: object) -> None:
        raise refusal

    lanes.subscribe("acme")
    lanes.publish("acme")
    lanes.lose_all()
    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(Ledger, "sweep", refused)

        def is_refused() -> bool:
            try:
                sweeper.sweep()
            except ServerRefusal:
                return True
            return False

        # The lane is due once its message counts as lost.
        wait_until(is_refused, PATIENCE_SECONDS, "a sweep that is refused")
    assert not [line for line in logs if line["event"] == "sweep.lane_damaged"]
    assert sweeper.sweep() == 1
    assert deliver(lanes) == ["acme"]


def test_a_strange_message_holds_nothing_up(lanes: Lanes, sweeper: Sweeper, redis_client: redis.Redis) -> None:
    """Something that is not ours lies at the head of a queue that nobody serves: the other queue's loss is found."""
    redis_client.rpush(BROKER_KEY_PREFIX + RETRIES, b"not a message of Celery's")
    lanes.published(3)
    lanes.lose_all(COMPLETIONS)
    found = 0

    def all_found() -> bool:
        nonlocal found
        found += sweeper.sweep()
        return found >= 3

    wait_until(all_found, PATIENCE_SECONDS, lambda: f"three events, {found} came")
    assert len(lanes.waiting()) == 3
    redis_client.delete(BROKER_KEY_PREFIX + RETRIES)
