"""Calls of several steps whose replies each come before their own limit: each call ends within two seconds as well.

How many replies a call waits for tells how long it waited, and a busy machine only makes them fewer.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import pytest

from lessonhook.desk import AsyncDesk, Desk, LedgerUnavailable
from lessonhook.producer import Producer, PublishFailed, Subscription
from tests.support.lms.completions import completion
from tests.support.lms.names import SUBSCRIBER
from tests.support.people.producing import ACME_URL, running_producer
from tests.support.servers.server import Server
from tests.support.servers.tcp_proxy import Proxy
from tests.support.shortened import short_settings

#: Just below the limit of one reply.
_LATE_SECONDS: Final = 0.8
#: Those that come within two seconds, and the one that is no longer waited for.
_REPLIES: Final = 4

CALLS: Final[dict[str, Callable[[Producer], Any]]] = {
    "put": lambda lms: lms.subscriptions.put(Subscription(subscriber=SUBSCRIBER, callback_url=ACME_URL)),
    "change": lambda lms: lms.subscriptions.change(SUBSCRIBER, callback_url=f"{ACME_URL}2"),
    "get": lambda lms: lms.subscriptions.get(SUBSCRIBER),
    "list": lambda lms: lms.subscriptions.list(),
    "delete": lambda lms: lms.subscriptions.delete(SUBSCRIBER),
    "delay_many": lambda lms: lms.send_completion.delay_many([completion(each) for each in range(1, 4)]),
    "adelay_many": lambda lms: asyncio.run(_by_coroutine(lms)),
    "desk.states": lambda lms: Desk(lms).states(),
    "desk.search": lambda lms: Desk(lms).search("17"),
    "desk.page": lambda lms: Desk(lms).board.page("", 0, 10),
    "desk.of.state": lambda lms: Desk(lms).of(SUBSCRIBER).state(),
    "desk.of.pause": lambda lms: Desk(lms).of(SUBSCRIBER).pause(by="ada"),
    "desk.of.attempts": lambda lms: Desk(lms).of(SUBSCRIBER).event_page(),
    "asyncdesk.states": lambda lms: asyncio.run(AsyncDesk(lms).states()),
}


async def _by_coroutine(lms: Producer) -> None:
    try:
        await lms.send_completion.adelay_many([completion(each) for each in range(1, 4)])
    finally:
        await lms.send_completion.aclose()


@pytest.mark.parametrize("name", CALLS)
def test_a_redis_that_is_late_with_each_reply_is_not_waited_for_each_time(
    own_server: Server, on_own_server: Producer, name: str
) -> None:
    """It connects, names itself, chooses the database, loads the scripts and reads: each has a reply."""
    assert on_own_server.subscriptions.get(SUBSCRIBER) is not None
    with (
        Proxy(own_server.port) as proxy,
        running_producer(short_settings(f"{proxy.url_of()}?client_name=lms")) as producer,
    ):
        proxy.reply_late(_LATE_SECONDS)
        with suppress(PublishFailed, LedgerUnavailable):
            CALLS[name](producer)
        assert proxy.late_replies <= _REPLIES
        proxy.reply_late(0.0)
        # What is on its way late is late, and the next connection is not.
        producer.close()
        CALLS[name](producer)
