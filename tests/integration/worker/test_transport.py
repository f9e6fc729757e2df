"""The kept client on a real server: it is made once, shared, and left behind with its pool."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from kombu import Connection, Consumer, Exchange, Producer, Queue

from lessonhook.config.celery import MendedConnection
from tests.support.servers.sentinel import MASTER, Sentinel
from tests.support.servers.server import Server

MESSAGES = 100
#: Named as one of ours, for the check for leaked keys.
QUEUE = Queue("completions", Exchange("completions"), routing_key="completions")
OPTIONS = {"global_keyprefix": "lessonhook:broker:"}


@pytest.fixture
def clients_made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[redis.Redis]]:
    """Yield a list that grows by each `redis.Redis` that anybody makes."""
    made: list[redis.Redis] = []
    make = redis.Redis.__init__

    def counted(self: redis.Redis, *args: Any, **kwargs: Any) -> None:
        made.append(self)
        make(self, *args, **kwargs)

    monkeypatch.setattr(redis.Redis, "__init__", counted)
    yield made
    made.clear()


def publish_and_acknowledge(connection: Connection, made: list[redis.Redis]) -> int:
    """Publish, take and acknowledge messages on one channel; return how many clients that made, once it was open."""
    channel = connection.default_channel
    queue = QUEUE(channel)
    queue.declare()
    producer = Producer(channel, QUEUE.exchange, "completions")
    producer.publish({"number": -1})
    queue.get().ack()
    before = len(made)
    for number in range(MESSAGES):
        producer.publish({"number": number})
        queue.get().ack()
    return len(made) - before


def test_no_client_is_made_for_a_message(redis_url: str, clients_made: list[redis.Redis]) -> None:
    """A hundred messages are published, taken and acknowledged by the client that was there."""
    with MendedConnection(redis_url, transport_options=OPTIONS) as connection:
        assert publish_and_acknowledge(connection, clients_made) == 0


def test_kombus_own_transport_makes_several_for_each(redis_url: str, clients_made: list[redis.Redis]) -> None:
    """What the mend is for: the day that this fails, kombu keeps its clients, and the mend can go."""
    with Connection(redis_url, transport_options=OPTIONS) as connection:
        assert publish_and_acknowledge(connection, clients_made) >= 3 * MESSAGES


def test_a_client_is_left_behind_with_its_pool(redis_url: str) -> None:
    """After a fork or a lost connection the pool is another one; its client must not be used again."""
    with MendedConnection(redis_url, transport_options=OPTIONS) as connection:
        channel = connection.default_channel
        kept = channel._create_client()
        assert channel._create_client() is kept
        channel._after_fork()
        assert channel._create_client() is not kept
        assert channel._create_client().connection_pool is channel.pool


def test_threads_share_the_client(redis_url: str, redis_client: redis.Redis) -> None:
    """Slots acknowledge from their own threads, all by the one client, each on a connection of its pool."""
    with MendedConnection(redis_url, transport_options=OPTIONS) as connection:
        channel = connection.default_channel
        queue = QUEUE(channel)
        queue.declare()
        producer = Producer(channel, QUEUE.exchange, "completions")
        for number in range(MESSAGES):
            producer.publish({"number": number})
        messages = [queue.get() for _ in range(MESSAGES)]
        assert redis_client.hlen("lessonhook:broker:unacked") == MESSAGES
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda message: message.ack(), messages))
    assert redis_client.exists("lessonhook:broker:unacked", "lessonhook:broker:completions") == 0


def send_and_take(url: str, **options: Any) -> list[Any]:
    """Publish one message and consume it, on one connection; return what was consumed."""
    seen: list[Any] = []

    def take(body: Any, message: Any) -> None:
        seen.append(body)
        message.ack()

    with (
        MendedConnection(url, transport_options=OPTIONS | options) as connection,
        Consumer(connection, [QUEUE], callbacks=[take]),
    ):
        Producer(connection, QUEUE.exchange, "completions").publish({"number": 1})
        connection.drain_events(timeout=5)
    return seen


@pytest.mark.parametrize("form", ["redis://127.0.0.1:{0.port}/0", "redis+socket://{0.socket_path}?virtual_host=0"])
def test_messages_travel_by_each_way_to_the_server(server: Server, form: str) -> None:
    """What is published is consumed, by TCP and by the Unix socket."""
    assert send_and_take(form.format(server)) == [{"number": 1}]


def test_messages_travel_to_the_master_that_sentinel_names(server: Server, redis_client: redis.Redis) -> None:
    """The channel for Sentinel has our mends and still asks a Sentinel where the master is."""
    with Sentinel(server) as sentinel:
        assert send_and_take(f"sentinel://127.0.0.1:{sentinel.port}/0", master_name=MASTER) == [{"number": 1}]
    assert redis_client.exists("lessonhook:broker:_kombu.binding.completions")
