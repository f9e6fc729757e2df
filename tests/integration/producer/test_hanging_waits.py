"""Waits that no limit of a single wait ends: a name server that hangs, and a reply that comes byte by byte.

Each fault lasts for longer than the test may, so that a call which waits for its end fails.
"""

import time
from collections.abc import Callable
from contextlib import closing
from itertools import count
from typing import Any, Final

import pytest
from redis.exceptions import TimeoutError as RedisTimeoutError

from lessonhook.config import Settings
from lessonhook.console.processes import LOOPBACK
from lessonhook.ledger.redis.connection import connect
from lessonhook.producer import PublishFailed
from lessonhook.worker.celery_app.worker_celery import WorkerCelery
from tests.support.endpoints.name_service import NameService
from tests.support.lms.calls import CALLS, Call
from tests.support.lms.completions import completion
from tests.support.patience import PUBLISHING_SECONDS
from tests.support.people.producing import running_producer, subscribe
from tests.support.servers.dripping import RABBITMQ, REDIS, dripping_server
from tests.support.servers.server import Server
from tests.support.shortened import short_settings

_numbers = count()
#: What an address of the loopback is reached by.
_NAMED: Final = "server{}.test"


@pytest.fixture
def host() -> str:
    """Return a name that no other test has, because found addresses are kept for as long as a process lives."""
    return _NAMED.format(next(_numbers))


@pytest.fixture
def in_time() -> Callable[[], float]:
    """Return what says how long the test took until then."""
    begun = time.monotonic()
    return lambda: time.monotonic() - begun


def _with_broker(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"broker_url_setting": url})


@pytest.mark.parametrize("call", CALLS)
def test_a_name_server_that_hangs_holds_no_call(
    server: Server, names: NameService, host: str, call: Call, in_time: Callable[[], float]
) -> None:
    """`getaddrinfo` waits for 10 to 30 s, whatever the limit of the call is."""
    names.hanging.add(host)
    with (
        running_producer(short_settings(f"redis://{host}:{server.port}/0")) as producer,
        pytest.raises(PublishFailed, match=host),
    ):
        call(producer, completion(1))
    assert in_time() < PUBLISHING_SECONDS


@pytest.mark.parametrize("call", CALLS)
def test_a_name_that_was_found_before_is_reached_without_a_name_server(
    own_server: Server, names: NameService, host: str, call: Call
) -> None:
    """New connections are opened while it hangs, and the completion is recorded."""
    names.addresses[host] = [[LOOPBACK]]
    with running_producer(short_settings(f"redis://{host}:{own_server.port}/0")) as producer:
        subscribe(producer)
        names.hanging.add(host)
        producer.close()
        assert call(producer, completion(1)).accepted
        assert not names.release.is_set()


@pytest.mark.parametrize("call", CALLS)
def test_a_rabbitmq_whose_name_hangs_holds_no_call(
    own_server: Server, names: NameService, host: str, call: Call, in_time: Callable[[], float]
) -> None:
    """The event is accepted, because it is recorded; the sweep publishes its message."""
    names.hanging.add(host)
    settings = _with_broker(short_settings(own_server.url), f"amqp://guest:guest@{host}//")
    with running_producer(settings) as producer:
        subscribe(producer)
        assert call(producer, completion(1)).accepted
    assert in_time() < PUBLISHING_SECONDS


@pytest.mark.parametrize("call", CALLS)
def test_a_redis_that_drips_holds_no_call(call: Call, in_time: Callable[[], float]) -> None:
    """Each byte comes in time, and the reply never ends."""
    with (
        dripping_server(REDIS) as port,
        running_producer(short_settings(f"redis://{LOOPBACK}:{port}/0")) as producer,
        pytest.raises(PublishFailed),
    ):
        call(producer, completion(1))
    assert in_time() < PUBLISHING_SECONDS


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("call", CALLS)
def test_a_rabbitmq_that_drips_holds_no_call(own_server: Server, call: Call, in_time: Callable[[], float]) -> None:
    """A frame begins, and never ends."""
    with dripping_server(RABBITMQ) as port:
        settings = _with_broker(short_settings(own_server.url), f"amqp://guest:guest@{LOOPBACK}:{port}//")
        with running_producer(settings) as producer:
            subscribe(producer)
            assert call(producer, completion(1)).accepted
    assert in_time() < PUBLISHING_SECONDS


def test_a_reply_that_drips_is_overdue_where_no_call_has_a_limit(in_time: Callable[[], float]) -> None:
    """As in a worker: the limit of a reply is one of the whole reply."""
    with dripping_server(REDIS) as port:
        url = f"redis://{LOOPBACK}:{port}/0"
        with (
            closing(connect(url, timeout_seconds=0.3, connect_timeout_seconds=0.3)) as client,
            pytest.raises(RedisTimeoutError),
        ):
            client.ping()
    assert in_time() < PUBLISHING_SECONDS


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_rabbitmq_that_drips_holds_no_worker(server: Server, in_time: Callable[[], float]) -> None:
    """The worker tries again, as ever when its broker is away."""
    with dripping_server(RABBITMQ) as port:
        settings = _with_broker(short_settings(server.url), f"amqp://guest:guest@{LOOPBACK}:{port}//")
        with closing(WorkerCelery(settings)) as app:
            connection: Any = app.connection_for_read()
            with connection, pytest.raises(OSError, match="timed out"):
                connection.connect()
    assert in_time() < PUBLISHING_SECONDS


def test_a_producer_is_well_after_a_name_server_that_hung(own_server: Server, names: NameService, host: str) -> None:
    """The same process goes on at once."""
    names.addresses[host] = [[LOOPBACK]]
    names.hanging.add(host)
    with running_producer(short_settings(f"redis://{host}:{own_server.port}/0")) as producer:
        with pytest.raises(PublishFailed):
            producer.send_completion.delay(completion(1))
        names.release.set()
        subscribe(producer)
        assert producer.send_completion.delay(completion(1)).accepted
