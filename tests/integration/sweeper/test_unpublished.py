"""A message that the broker did not take, as its publisher knows: it waits for no grace."""

from typing import Any

import pytest
import redis
from redis.exceptions import ConnectionError as RedisConnectionError

from lessonhook.config import RETRIES
from lessonhook.console.processes import LOOPBACK, free_port
from lessonhook.desk import Desk
from lessonhook.ledger import LoopTransitions
from lessonhook.producer import Subscription
from lessonhook.worker.delivery.task_result import UNSETTLED
from lessonhook.worker.delivery.turn import Turn
from lessonhook.worker.recovery.sweeper import Sweeper
from tests.chaos.scene import completion
from tests.integration.sweeper.lanes import Lanes
from tests.support.people.producing import running_producer
from tests.support.people.stored_fields import event_fields
from tests.support.shortened import short_settings

_LONG = {"republish_after_seconds": 600.0}


def test_what_the_broker_did_not_take_is_due_at_once(lanes: Lanes, sweeper: Sweeper, redis_url: str) -> None:
    """The LMS's broker is away: the next sweep publishes, though a message that may be there has ten minutes."""
    away = {"broker_url_setting": f"redis://{LOOPBACK}:{free_port()}/0"}
    with running_producer(short_settings(redis_url).model_copy(update=_LONG | away)) as producer:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url="http://127.0.0.1:9/"))
        event_id = producer.send_completion.delay(completion("acme", 1)).id
    assert lanes.waiting() == []
    assert sweeper.sweep() == 1
    assert [message.event_id for message in lanes.waiting()] == [event_id]
    assert event_fields(lanes.ledger, "acme", event_id).get("republished", "0") in {"0", ""}


def test_what_a_person_resumes_while_the_broker_is_away_is_due_at_once(
    lanes: Lanes, sweeper: Sweeper, redis_url: str
) -> None:
    """The desk's acts let events go as `.delay()` does, and a person waits for them."""
    away = {"broker_url_setting": f"redis://{LOOPBACK}:{free_port()}/0"}
    with running_producer(short_settings(redis_url).model_copy(update=_LONG | away)) as producer:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url="http://127.0.0.1:9/"))
        desk = Desk(producer)
        desk.of("acme").pause(by="ada")
        event_id = producer.send_completion.delay(completion("acme", 1)).id
        desk.of("acme").resume(by="ada")
    assert lanes.waiting(RETRIES) == []
    assert sweeper.sweep() == 1
    assert [message.event_id for message in lanes.waiting(RETRIES)] == [event_id]


def test_an_event_that_a_worker_has_stays_with_it(lanes: Lanes, sweeper: Sweeper, redis_client: redis.Redis) -> None:
    """The broker took the message after all, and said so too late."""
    del redis_client
    [(name, event_id)] = lanes.published(1).items()
    lanes.admit(name, event_id)
    lanes.ledger.unpublished(name, event_id)
    assert event_fields(lanes.ledger, name, event_id)["state"] == "delivering"
    assert sweeper.sweep() == 0


def test_what_was_taken_while_redis_was_away_is_published_by_the_first_sweep(
    lanes: Lanes, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its message is gone, which this worker alone knows; one that another worker has meanwhile stays with it."""
    taken = lanes.published(3)
    lanes.lose_all()
    runtime = sweeper._runtime

    async def away(*_: Any, **__: Any) -> None:
        raise RedisConnectionError

    monkeypatch.setattr(LoopTransitions, "admit", away)
    for name, event_id in taken.items():
        result = runtime.loop.run(Turn(runtime, name, event_id, is_first=True).take(None))
        assert result is UNSETTLED
    [(admitted, event_id), *others] = taken.items()
    lanes.admit(admitted, event_id)
    assert sweeper.sweep() == 2
    assert {(message.subscriber, message.event_id) for message in lanes.waiting()} == set(others)
    assert sweeper.sweep() == 0


def test_the_heartbeat_waits_for_none_of_them(lanes: Lanes, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands are round trips of seconds, and `lessonhook health` would take this worker for dead."""
    taken = lanes.published(2)
    lanes.lose_all()
    runtime = sweeper._runtime
    for name, event_id in taken.items():
        runtime.deferred.note(name, event_id)
    beaten: list[bool] = []
    tell = runtime.ledger.unpublished

    def told(name: str, event_id: str) -> Any:
        beaten.append(bool(runtime.ledger.heartbeats.last()))
        return tell(name, event_id)

    monkeypatch.setattr(runtime.ledger, "unpublished", told)
    assert sweeper.sweep() == 2
    assert beaten == [True, True]
    assert {(message.subscriber, message.event_id) for message in lanes.waiting()} == set(taken.items())
