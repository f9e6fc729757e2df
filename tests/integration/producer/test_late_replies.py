"""Replies that each come before their own limit: a call waits for all of them together, and not for each in turn.

How many of them a call takes tells how long it waited, and a busy machine only makes them fewer.
"""

import math
import time
from contextlib import ExitStack, suppress
from typing import Final

import pytest

from lessonhook.console.processes import LOOPBACK
from lessonhook.producer import Producer, PublishFailed
from lessonhook.producer.app import CALL_SECONDS
from tests.support.lms.calls import CALLS, Call
from tests.support.lms.completions import completion
from tests.support.lms.names import SUBSCRIBER
from tests.support.patience import PUBLISHING_SECONDS
from tests.support.people.producing import running_producer, subscribe
from tests.support.servers.rabbitmq import RabbitMQ, why_no_rabbitmq
from tests.support.servers.server import Server
from tests.support.servers.silent_port import silent_port
from tests.support.servers.tcp_proxy import Proxy
from tests.support.shortened import short_settings

#: Just below the limit of one reply.
_LATE_SECONDS: Final = 0.8
#: Those that come within a call, and the one that it no longer waits for.
_REPLIES: Final = math.ceil(CALL_SECONDS / _LATE_SECONDS) + 1
#: Together they would keep a call for longer than a call that hangs may last.
_SENTINELS: Final = 8
_SENTINELS_REPLY_SECONDS: Final = 5.0


@pytest.mark.parametrize("call", CALLS)
def test_a_redis_that_is_late_with_each_reply_is_not_waited_for_each_time(
    own_server: Server, on_own_server: Producer, call: Call
) -> None:
    """It hears the client's name, chooses the database, loads the scripts and records: each has a reply."""
    with (
        Proxy(own_server.port) as proxy,
        running_producer(short_settings(f"{proxy.url_of()}?client_name=lms")) as producer,
    ):
        proxy.reply_late(_LATE_SECONDS)
        with suppress(PublishFailed):
            call(producer, completion(1))
        assert proxy.late_replies <= _REPLIES
        proxy.reply_late(0.0)
        # What is on its way late is late, and the next connection is not.
        producer.close()
    assert on_own_server.send_completion.delay(completion(1)).accepted
    assert on_own_server.ledger.lanes.status(SUBSCRIBER).recorded == 1


@pytest.mark.skipif(bool(why_no_rabbitmq()), reason=why_no_rabbitmq() or "it is here")
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("call", CALLS)
def test_a_rabbitmq_that_is_late_with_each_reply_is_not_waited_for_each_time(own_server: Server, call: Call) -> None:
    """It is connected with, a channel is opened and a queue declared; the event is accepted, because it is recorded."""
    with RabbitMQ() as rabbitmq, Proxy(rabbitmq.port) as proxy:
        url = f"amqp://guest:guest@{LOOPBACK}:{proxy.port}//"
        settings = short_settings(own_server.url).model_copy(update={"broker_url_setting": url})
        with running_producer(settings) as producer:
            subscribe(producer)
            proxy.reply_late(_LATE_SECONDS)
            assert call(producer, completion(1)).accepted
            assert proxy.late_replies <= _REPLIES


@pytest.mark.filterwarnings("ignore:unclosed <s:ResourceWarning")
def test_a_rabbitmq_that_does_not_begin_tls_holds_no_publish(own_server: Server) -> None:
    """py-amqp begins TLS without a limit: a call waited for ever."""
    with silent_port() as port:
        url = f"amqps://guest:guest@{LOOPBACK}:{port}//"
        settings = short_settings(own_server.url).model_copy(update={"broker_url_setting": url})
        with running_producer(settings) as producer:
            subscribe(producer)
            begun = time.monotonic()
            assert producer.send_completion.delay(completion(1)).accepted
            assert time.monotonic() - begun < PUBLISHING_SECONDS


def test_sentinels_that_all_hang_are_not_waited_for_one_after_the_other() -> None:
    """The call ends as if there were one. Their times are longer here, so that a busy machine decides nothing."""
    with ExitStack() as stack:
        hosts = ",".join(f"{LOOPBACK}:{stack.enter_context(silent_port())}" for _ in range(_SENTINELS))
        url = f"sentinel://{hosts}/mymaster?socket_timeout={_SENTINELS_REPLY_SECONDS}"
        with running_producer(short_settings(url)) as producer:
            begun = time.monotonic()
            with pytest.raises(PublishFailed):
                producer.send_completion.delay(completion(1))
            assert time.monotonic() - begun < PUBLISHING_SECONDS
