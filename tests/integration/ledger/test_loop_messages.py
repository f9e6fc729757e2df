"""Messages that a worker publishes on its event loop: kombu's form, and the ledger is told of what was refused."""

import asyncio
import re
from typing import Any, Final

import pytest
import redis
from redis.exceptions import ConnectionError as RedisConnectionError

from lessonhook.config import Settings
from lessonhook.ledger import Ledger, publish, publish_on_loop
from lessonhook.ledger.transitions.results import Message, Step, Wake
from lessonhook.producer import Producer, Subscription
from tests.support.people.producing import running_producer

_COMPLETIONS: Final = "lessonhook:broker:completions"
_RETRIES: Final = "lessonhook:broker:retries"
#: What differs between any two messages of kombu's: the random tag, and the moment of a countdown.
_OF_THE_MOMENT: Final = re.compile(
    rb'(?<="delivery_tag": ")[0-9a-f-]{36}|(?<="eta": ")\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?=\+00:00")'
)
_STEP: Final = Step(
    subscriber="acme",
    state=None,
    attempts=0,
    due_ms=0,
    now_ms=1_700_000_000_000,
    publish=(
        Message(event_id="one", queue="completions", queued_ms=1_700_000_000_001),
        Message(event_id="""it's "two" %s""", queue="retries", queued_ms=1_700_000_000_002),
        Message(event_id="three", queue="completions", queued_ms=1_700_000_000_003),
    ),
    wakes=(
        Wake(event_id="four", wake_ms=1_700_000_300_000, delay_seconds=300.0),
        Wake(event_id="five", wake_ms=1_700_000_000_000, delay_seconds=0.0),
    ),
)


async def published_on_loop(ledger: Ledger, step: Step) -> None:
    """Publish a step as a worker does."""
    transitions = ledger.on_loop(timeout_seconds=5)
    try:
        await publish_on_loop(transitions, step)
    finally:
        await transitions.close()


def lists(client: redis.Redis) -> list[list[bytes]]:
    """Return both queues without what is random."""
    found: list[Any] = [client.lrange(name, 0, -1) for name in (_COMPLETIONS, _RETRIES)]
    return [[_OF_THE_MOMENT.sub(b"*", message) for message in queue] for queue in found]


def test_they_are_those_that_kombu_writes(producer: Producer, redis_client: redis.Redis) -> None:
    """Byte for byte and in the same order, countdowns too, but for the random tag and the moment."""
    assert publish(producer.app, _STEP, ledger=producer.ledger)
    by_kombu = lists(redis_client)
    redis_client.delete(_COMPLETIONS, _RETRIES)
    asyncio.run(published_on_loop(producer.ledger, _STEP))
    assert [len(queue) for queue in by_kombu] == [2, 3]
    assert lists(redis_client) == by_kombu


def test_what_the_server_does_not_take_is_swept_at_once(settings: Settings, redis_client: redis.Redis) -> None:
    """The next sweep publishes it, though a message that may be in a queue has ten minutes."""
    with running_producer(settings.model_copy(update={"republish_after_seconds": 600.0})) as producer:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://r.example/hook"))
        ledger = producer.ledger
        step = ledger.record("acme", "one", body=b"{}", learner="ann", lesson="fire", completed_at=1)
        redis_client.set(_COMPLETIONS, "no list")
        asyncio.run(published_on_loop(ledger, step))
        redis_client.delete(_COMPLETIONS)
        [swept] = [
            step
            for shard in range(64)
            for step in ledger.sweep(shard, oldest_waiting_ms={}, read_at_ms=ledger.now_ms())
        ]
        assert [message.event_id for message in swept.publish] == ["one"]


def test_a_connection_that_comes_after_the_end_is_closed(producer: Producer) -> None:
    """`aclose` may come while a first call connects: nobody would close that connection later."""

    async def end_while_it_connects() -> None:
        transitions = producer.ledger.on_loop(timeout_seconds=5)
        asking = asyncio.ensure_future(transitions.rendering_of("acme"))
        await asyncio.sleep(0)
        await transitions.close()
        with pytest.raises(RedisConnectionError, match="was closed"):
            await asking

    asyncio.run(end_while_it_connects())
