"""`adelay_many`: what `delay_many` promises, for coroutines; and the connection of a loop, which ends with it."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest

from lessonhook.ledger import RECORDED_AT_ONCE
from lessonhook.producer import (
    CompletionEvent,
    InvalidCompletions,
    PartlyPublished,
    Producer,
    PublishFailed,
    Recorded,
)
from lessonhook.producer.testing import recording
from tests.support.lms.completions import completion
from tests.support.lms.names import SUBSCRIBER
from tests.support.patience import PUBLISHING_SECONDS
from tests.support.people.producing import subscribe
from tests.support.servers.server import Server


def test_a_connection_ends_with_its_loop(acme: Producer) -> None:
    """A process may run one loop after another, and several at once in threads."""

    async def publish(number: int) -> None:
        await acme.send_completion.adelay(completion(number))

    asyncio.run(publish(-1))
    before = len(acme.ledger.redis.client_list())
    for number in range(5):
        asyncio.run(publish(number))
    threads = [threading.Thread(target=asyncio.run, args=(publish(number),)) for number in range(5, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert acme.ledger.lanes.status(SUBSCRIBER).recorded == 11
    assert len(acme.ledger.redis.client_list()) <= before


def test_a_department_is_recorded(acme: Producer, server: Server) -> None:
    """From an asynchronous iterator as from a list, in the order of the input."""
    many = 3 * RECORDED_AT_ONCE + 5

    async def rows() -> AsyncIterator[CompletionEvent]:
        for number in range(many):
            yield completion(number)

    done = asyncio.run(acme.send_completion.adelay_many(rows()))
    status = acme.ledger.lanes.status(SUBSCRIBER)
    assert done.counts == {Recorded.QUEUED: status.queued, Recorded.HELD: status.held}
    assert (done.total, status.recorded) == (many, many)
    with server.client() as client:
        assert client.llen("lessonhook:broker:completions") == status.queued
    again = asyncio.run(acme.send_completion.adelay_many([completion(number) for number in range(many)]))
    assert again.counts == {Recorded.DUPLICATE: many}


def test_nothing_of_many_is_stored_if_one_is_wrong(acme: Producer) -> None:
    """All that are wrong are named by their place."""
    events: list[object] = [completion(0), {"subscriber": SUBSCRIBER}, completion(1), {}]
    with pytest.raises(InvalidCompletions) as raised:
        asyncio.run(acme.send_completion.adelay_many(events))  # type: ignore[arg-type]  # that is the point
    assert sorted(raised.value.by_index) == [1, 3]
    assert acme.ledger.lanes.status(SUBSCRIBER).recorded == 0


def test_redis_that_freezes_before_many_are_recorded(own_server: Server, on_own_server: Producer) -> None:
    """The error says how many are recorded, and the same call may be made again."""
    task = on_own_server.send_completion

    async def publish() -> None:
        await task.adelay(completion(0))
        await task.adelay_many([completion(0)])
        own_server.stop()
        begun = time.monotonic()
        with pytest.raises(PartlyPublished) as raised:
            await task.adelay_many([completion(number) for number in range(100)])
        assert time.monotonic() - begun < PUBLISHING_SECONDS
        assert raised.value.confirmed == 0
        own_server.cont()
        done = await task.adelay_many([completion(number) for number in range(100)])
        assert done.total == done.accepted == 100

    asyncio.run(publish())
    assert on_own_server.ledger.lanes.status(SUBSCRIBER).recorded == 100


def test_an_lms_tests_its_coroutines_without_redis(producer: Producer) -> None:
    """The fixture keeps what `adelay` and `adelay_many` would send, and a Redis that is down can be told."""

    async def publish() -> None:
        await producer.send_completion.adelay(completion(0))
        await producer.send_completion.adelay_many([completion(0), completion(1)])

    with recording(producer.send_completion) as sent:
        subscribe(producer)
        asyncio.run(publish())
        assert len(sent) == 2
        with sent.redis_down(), pytest.raises(PublishFailed):
            asyncio.run(publish())
