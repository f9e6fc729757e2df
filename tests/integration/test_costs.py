"""What an event costs, in counts that are the same on every machine: round trips, commands, connections, bytes.

A guard against getting slow without noticing; speed itself is measured by `python -m bench`.
"""

from typing import Any

import redis

from lessonhook.config import TASK_NAME, Settings
from lessonhook.console.processes import wait_until
from lessonhook.ledger import RECORDED_AT_ONCE, Kind, Outcome, Reason
from lessonhook.ledger.transitions.keys import key
from lessonhook.producer import Producer, Subscription
from lessonhook.producer.sample import sample_event
from tests.integration.conftest import OpenHouse
from tests.support.patience import PATIENCE_SECONDS
from tests.support.servers.command_counts import counted

_EVENTS = 1_000
_PUBLISHED = 100
#: What a worker asks the more often the longer it runs: for messages, for the lanes that are due, and its heartbeats.
_BY_TIME = ("brpop", "zcount", "evalsha", "publish")
#: No lane becomes due for the sweep while it is counted, however slow the machine is.
_NEVER_DUE = dict.fromkeys(("republish_after_seconds", "request_deadline_seconds", "retry_delay_seconds"), 600.0)
#: Commands that a script calls for one event, as measured, and few on top: to be noticed when it grows.
_COMMANDS_TO_RECORD = 24
_COMMANDS_TO_RECORD_TOGETHER = 7
#: Commands of a script for all its events together.
_COMMANDS_OF_TOGETHER = 20
_COMMANDS_TO_SETTLE = 35
#: Bytes in Redis for the vendor's sample, as measured, and a third on top. Some 330 are the indexes by id, by learner
#: and by lesson.
_BYTES_HELD = 2_200
_BYTES_DELIVERED = 2_500
_INSIDE_SCRIPTS = (
    "exists", "get", "hget", "hgetall", "hincrby", "hmget", "hset", "pexpire", "pttl", "rpush", "set", "time",
    "zadd", "zcard", "zrange", "zrem", "zscore",
)  # fmt: skip
_ACCEPTED = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200, seconds=0.01)


def test_a_delivery_drained_in_place_is_one_round_trip(own_house: OpenHouse) -> None:
    """A turn of a thousand events asks the ledger once to begin and once for each event, and nothing besides."""
    with own_house(worker_slots=1, drain_seconds=600.0, task_events=False, **_NEVER_DUE) as house:
        customer = house.customer(max_in_flight=1)
        customer.publish_many(_EVENTS)
        with counted(house.broker.client) as asked:
            house.worker.wait_ready()
            customer.wait_for_posts(_EVENTS)
            wait_until(
                lambda: _zcount(house.broker.client, key("done", customer.name)) == _EVENTS,
                PATIENCE_SECONDS,
                "all settled",
            )
        assert house.worker.ask("stats")["total"][TASK_NAME] == 1
    assert asked.count("fcall") == 1 + _EVENTS
    others = set(asked.commands) - {"fcall", *_INSIDE_SCRIPTS, *_BY_TIME}
    assert max(asked.count(name) for name in others) < _EVENTS // 2
    assert asked.count(*_INSIDE_SCRIPTS) <= _EVENTS * _COMMANDS_TO_SETTLE


def test_a_thousand_deliveries_to_one_endpoint_take_one_connection_a_slot(own_house: OpenHouse) -> None:
    """Connections are kept, and whichever slot delivers next finds them."""
    with own_house(worker_slots=4, drain_seconds=600.0) as house:
        customer = house.customer()
        customer.publish_many(_EVENTS)
        house.worker.wait_ready()
        customer.wait_for_posts(_EVENTS)
        assert house.receiver.connections <= 4


def test_publishing_into_a_backlog_is_one_round_trip(settings: Settings, redis_client: redis.Redis) -> None:
    """An event that is held is recorded, and nothing is published for it."""
    producer = Producer(settings.model_copy(update=_NEVER_DUE))
    _publish(producer, "acme", 2)
    with counted(redis_client) as asked:
        _publish(producer, "acme", _PUBLISHED, first=2)
    producer.close()
    assert (asked.count("fcall"), asked.count("lpush"), asked.round_trips) == (_PUBLISHED, 0, _PUBLISHED)
    assert asked.count(*_INSIDE_SCRIPTS) <= _PUBLISHED * _COMMANDS_TO_RECORD


def test_many_are_published_by_few_round_trips_and_commands(producer: Producer, redis_client: redis.Redis) -> None:
    """What the events of one script share is written once: the lane, the count of the day, the ids, the lesson."""
    _publish(producer, "acme", 2)
    events = [_event("acme", number) for number in range(2, 2 + _PUBLISHED)]
    with counted(redis_client) as asked:
        producer.send_completion.delay_many(events)
    # The options of the subscription are asked for first.
    scripts = -(-_PUBLISHED // RECORDED_AT_ONCE)
    assert asked.round_trips <= 1 + scripts
    assert asked.count(*_INSIDE_SCRIPTS) <= _PUBLISHED * _COMMANDS_TO_RECORD_TOGETHER + scripts * _COMMANDS_OF_TOGETHER


def test_publishing_into_a_free_slot_is_one_round_trip(producer: Producer, redis_client: redis.Redis) -> None:
    """The record, whose script puts the message into the broker's queue."""
    for number in range(_PUBLISHED + 1):
        _subscribe(producer, f"company-{number}")
    _publish(producer, "company-0", 1)
    with counted(redis_client) as asked:
        for number in range(1, _PUBLISHED + 1):
            producer.send_completion.delay(_event(f"company-{number}", number))
    assert (asked.count("fcall"), asked.count("lpush")) == (_PUBLISHED, _PUBLISHED)
    assert asked.round_trips == _PUBLISHED


def test_an_event_takes_so_many_bytes_of_redis(producer: Producer, redis_client: redis.Redis) -> None:
    """Measured on a thousand samples: held, and then delivered, with the record of its attempt."""
    _publish(producer, "acme", 2)
    before = _used(redis_client)
    _publish(producer, "acme", _EVENTS, first=2)
    held = (_used(redis_client) - before) / _EVENTS
    _deliver_all(producer, "acme")
    delivered = (_used(redis_client) - before) / _EVENTS
    assert (held <= _BYTES_HELD, delivered <= _BYTES_DELIVERED) == (True, True), (held, delivered)


def _event(subscriber: str, number: int) -> Any:
    sample = sample_event(subscriber, f"event-{number}")
    return sample.model_copy(update={"user": sample.user.model_copy(update={"id": str(number)})})


def _subscribe(producer: Producer, subscriber: str) -> None:
    producer.subscriptions.put(Subscription(subscriber=subscriber, callback_url="https://receiver.example/hook"))


def _publish(producer: Producer, subscriber: str, count: int, *, first: int = 0) -> None:
    if not first:
        _subscribe(producer, subscriber)
    for number in range(first, first + count):
        producer.send_completion.delay(_event(subscriber, number))


def _deliver_all(producer: Producer, subscriber: str) -> None:
    """Do as one slot of a worker does, until the lane is empty."""
    step = producer.ledger.admit(subscriber, "event-0")
    waiting = [message.event_id for message in step.publish]
    while step.delivery or waiting:
        if step.delivery is None:
            step = producer.ledger.admit(subscriber, waiting.pop())
        else:
            step = producer.ledger.settle(
                subscriber, step.delivery.event_id, step.delivery.token, _ACCEPTED, in_place=True
            )
        waiting += [message.event_id for message in step.publish]


def _used(client: redis.Redis) -> int:
    memory: Any = client.info("memory")
    return int(memory["used_memory"])


def _zcount(client: redis.Redis, name: str) -> int:
    found: Any = client.zcount(name, "-inf", "+inf")
    return int(found)
