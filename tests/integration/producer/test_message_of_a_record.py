"""The message that a record's script publishes: kombu's form, one for each event that has a slot, and none twice."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
import redis
from celery.signals import after_task_publish, before_task_publish

from lessonhook.config import TASK_NAME, Settings
from lessonhook.ledger import Kind, Outcome, Reason, message_for_script
from lessonhook.producer import Producer, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.people.producing import running_producer
from tests.support.servers.command_counts import counted
from tests.support.servers.server import Server

_COMPLETIONS: Final = "lessonhook:broker:completions"
_RETRIES: Final = "lessonhook:broker:retries"
#: What differs between any two messages of kombu's: the random tag, and the time when the slot was taken.
_OF_THE_MOMENT: Final = re.compile(rb'(?<="delivery_tag": ")[0-9a-f-]{36}|(?<="queued_ms": )\d{13}')
_FAILED: Final = Outcome(kind=Kind.FAILED, reason=Reason.STATUS, status=500)


@contextmanager
def listening(signal: Any) -> Iterator[list[dict[str, Any]]]:
    """Connect a receiver, as an LMS or its tracing does, and yield what it hears."""
    heard: list[dict[str, Any]] = []

    def hear(**facts: Any) -> None:
        heard.append(facts)

    signal.connect(hear)
    try:
        yield heard
    finally:
        signal.disconnect(hear)


def subscribed(producer: Producer, *subscribers: str) -> None:
    """Give each a subscription."""
    for subscriber in subscribers:
        producer.subscriptions.put(Subscription(subscriber=subscriber, callback_url="https://r.example/hook"))


def waiting(client: redis.Redis, queue: str) -> list[bytes]:
    """Return the messages of a queue, the newest first."""
    found: Any = client.lrange(queue, 0, -1)
    return list(found)


@pytest.mark.parametrize(
    ("subscriber", "event_id"),
    [("acme", "event-1"), ("""a"b\\c'%s""", """it's "100 %" \\ {} %(id)s"""), ("7", "\x7e" * 128)],
)
def test_it_is_the_message_that_kombu_writes(
    producer: Producer, redis_client: redis.Redis, subscriber: str, event_id: str
) -> None:
    """Byte for byte, but for the random tag and the time."""
    subscribed(producer, subscriber)
    producer.send_completion.delay(sample_event(subscriber, event_id))
    [by_script] = waiting(redis_client, _COMPLETIONS)
    redis_client.flushall()
    subscribed(producer, subscriber)
    with listening(before_task_publish):
        producer.send_completion.delay(sample_event(subscriber, event_id))
    [by_kombu] = waiting(redis_client, _COMPLETIONS)
    assert len(_OF_THE_MOMENT.findall(by_script)) == 2
    assert _OF_THE_MOMENT.sub(b"*", by_script) == _OF_THE_MOMENT.sub(b"*", by_kombu)


def test_on_the_queue_of_retries_it_is_as_well(producer: Producer, redis_client: redis.Redis) -> None:
    """A lane whose last attempt failed publishes there, and so does the script."""
    found = []
    for by_kombu in (False, True):
        redis_client.flushall()
        subscribed(producer, "acme")
        producer.ledger.record("acme", "first", body=b"{}", learner="ann", lesson="fire", completed_at=1)
        delivery = producer.ledger.admit("acme", "first").delivery
        assert delivery is not None
        producer.ledger.settle("acme", "first", delivery.token, _FAILED, in_place=False)
        if by_kombu:
            with listening(after_task_publish):
                producer.send_completion.delay(sample_event("acme", "second"))
        else:
            producer.send_completion.delay(sample_event("acme", "second"))
        found += [_OF_THE_MOMENT.sub(b"*", message) for message in waiting(redis_client, _RETRIES)]
    assert len(found) == 2
    assert found[0] == found[1]


def test_each_message_has_a_tag_of_its_own(producer: Producer, redis_client: redis.Redis) -> None:
    """Kombu keeps what a worker has not acknowledged by the tag."""
    subscribed(producer, "acme", "globex")
    producer.send_completion.delay(sample_event("acme", "one"))
    producer.send_completion.delay(sample_event("globex", "one"))
    tags = {json.loads(each)["properties"]["delivery_tag"] for each in waiting(redis_client, _COMPLETIONS)}
    assert len(tags) == 2


def test_a_record_that_is_repeated_publishes_nothing_more(producer: Producer, redis_client: redis.Redis) -> None:
    """A reply was lost, and the call repeated: its message is in the queue since the first one."""
    subscribed(producer, "acme")
    for _ in range(3):
        producer.send_completion.delay(sample_event("acme", "one"))
    assert len(waiting(redis_client, _COMPLETIONS)) == 1


def test_an_event_that_is_held_has_none(producer: Producer, redis_client: redis.Redis) -> None:
    """Only what has a slot is published."""
    subscribed(producer, "acme")
    recorded = [producer.send_completion.delay(sample_event("acme", f"event-{n}")).recorded for n in range(3)]
    assert recorded == ["queued", "held", "held"]
    assert len(waiting(redis_client, _COMPLETIONS)) == 1


@pytest.mark.parametrize("signal", [before_task_publish, after_task_publish])
def test_receivers_of_celerys_signals_hear_of_it(producer: Producer, redis_client: redis.Redis, signal: Any) -> None:
    """Tracing and audits of an LMS connect to them: then Celery publishes, as it does its own tasks."""
    subscribed(producer, "acme")
    with listening(signal) as heard:
        producer.send_completion.delay(sample_event("acme", "one"))
    assert [(each["sender"], each["headers"]["id"]) for each in heard] == [(TASK_NAME, "one")]
    assert len(waiting(redis_client, _COMPLETIONS)) == 1


def test_another_database_of_the_server_is_another_broker(server: Server, settings: Settings) -> None:
    """The script can reach it, but its keys would be those of the wrong database."""
    apart = settings.model_copy(update={"broker_url_setting": f"{server.url.removesuffix('0')}1"})
    with running_producer(apart) as producer, server.client(0) as ledger, server.client(1) as broker:
        subscribed(producer, "acme")
        producer.send_completion.delay(sample_event("acme", "one"))
        assert (len(waiting(ledger, _COMPLETIONS)), len(waiting(broker, _COMPLETIONS))) == (0, 1)


def test_a_queue_that_takes_nothing_fails_no_record(producer: Producer, redis_client: redis.Redis) -> None:
    """The event is accepted whole, and the next sweep publishes it, as for any broker that is away."""
    subscribed(producer, "acme")
    redis_client.set(_COMPLETIONS, "no list")
    assert producer.send_completion.delay(sample_event("acme", "one")).recorded == "queued"
    redis_client.delete(_COMPLETIONS)
    [step] = [
        step
        for shard in range(64)
        for step in producer.ledger.sweep(shard, oldest_waiting_ms={}, read_at_ms=producer.ledger.now_ms())
    ]
    assert [message.event_id for message in step.publish] == ["one"]


def test_it_is_one_round_trip(producer: Producer, redis_client: redis.Redis) -> None:
    """Neither kombu nor a second command of our own is asked."""
    subscribed(producer, "warm", "acme")
    producer.send_completion.delay(sample_event("warm", "one"))
    with counted(redis_client) as asked:
        producer.send_completion.delay(sample_event("acme", "one"))
    assert (asked.round_trips, asked.count("lpush")) == (1, 1)


def test_scripts_publish_it_as_functions_do(producer: Producer, redis_client: redis.Redis) -> None:
    """Where a server has no functions, the same files are called as scripts."""
    subscribed(producer, "acme")
    producer.ledger._scripts.calls._without_functions_until = float("inf")
    with counted(redis_client) as asked:
        producer.send_completion.delay(sample_event("acme", "one"))
    assert (asked.count("fcall"), asked.count("lpush")) == (0, 1)


def test_the_parts_name_no_queue_and_no_time(producer: Producer) -> None:
    """Both are the script's to say."""
    message = message_for_script(producer.app, "acme", "one")
    assert message is not None
    text = message.before_time + "1" + message.before_queue + "q" + message.after_queue
    fields = json.loads(text)
    assert (fields["headers"]["queued_ms"], fields["properties"]["delivery_info"]["routing_key"]) == (1, "q")
