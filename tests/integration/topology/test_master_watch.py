"""Sentinel replaces a master that hangs: each connection to it is dropped, and what waits for a reply gets another one.

The limits of the replies are far longer than a test may take here, so nothing but the watch ends a wait.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any, Final

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.sentinel import MasterNotFoundError

from lessonhook.console.processes import wait_until
from lessonhook.ledger import Ledger, NamedMaster, Policy
from lessonhook.ledger.redis.connection import connect
from lessonhook.worker import create_app
from lessonhook.worker.recovery.master_watch import MasterWatch, sentinel_urls
from tests.chaos.scene import chaos_settings
from tests.support.patience import PATIENCE_SECONDS
from tests.support.servers.failover import Group, running_group

#: For one reply.
_FOR_EVER_SECONDS: Final = 100 * PATIENCE_SECONDS
_NAME: Final = "mymaster"


@pytest.fixture
def group(server_kind: str) -> Iterator[Group]:
    """Yield a master with a replica, watched by a Sentinel."""
    with running_group(server_kind) as running:
        yield running


@contextmanager
def watching(url: str) -> Iterator[Callable[[], None]]:
    """Yield what has the watch look until a Sentinel names a master: for some moments of a failover it names none.

    Its first look is done, as a worker's is when it starts.
    """
    watch, master = MasterWatch([]), NamedMaster(url, timeout_seconds=PATIENCE_SECONDS)

    def is_named() -> bool:
        try:
            watch.look(_NAME, master)
        except MasterNotFoundError:
            return False
        return True

    def look() -> None:
        wait_until(is_named, PATIENCE_SECONDS, "a master that is named")

    look()
    yield look
    master.close()


def _client_for_ever(group: Group) -> Any:
    return closing(connect(group.url, timeout_seconds=_FOR_EVER_SECONDS, connect_timeout_seconds=PATIENCE_SECONDS))


@pytest.mark.parametrize("kept", [0, 8], ids=["of_the_pool", "kept"])
def test_what_waits_for_the_ledger_goes_on_with_the_new_master(group: Group, kept: int) -> None:
    """Eight threads at once, each by a connection of its own."""
    with ThreadPoolExecutor(8) as threads, watching(group.url) as look, _client_for_ever(group) as client:
        ledger = Ledger(client, Policy(), kept_connections=kept)

        def ask(_number: int) -> int:
            return ledger.lanes.status("acme").recorded

        list(threads.map(ask, range(32)))
        group.fail_over(frozen=True)
        waiting = [threads.submit(ask, number) for number in range(8)]
        look()
        assert [each.result(PATIENCE_SECONDS) for each in waiting] == [0] * 8


def test_what_waits_on_a_loop_goes_on_with_the_new_master(group: Group) -> None:
    """All coroutines of a loop share a connection; the watch drops it from another thread."""

    async def run(look: Callable[[], None], client: Any) -> list[str]:
        transitions = Ledger(client, Policy()).on_loop(timeout_seconds=_FOR_EVER_SECONDS)
        await transitions.rendering_of("acme")
        await asyncio.to_thread(group.fail_over, frozen=True)
        asked = [asyncio.ensure_future(transitions.rendering_of("acme")) for _ in range(3)]
        await asyncio.sleep(0)
        await asyncio.to_thread(look)
        async with asyncio.timeout(PATIENCE_SECONDS):
            replies = await asyncio.gather(*asked)
        await transitions.close()
        return replies

    with watching(group.url) as look, _client_for_ever(group) as client:
        assert asyncio.run(run(look, client)) == ["", "", ""]


def test_a_broker_that_is_waited_for_is_left(group: Group) -> None:
    """The main thread's own connection, the one that brings messages, ends as if the master had closed it."""
    app = create_app(chaos_settings(group.url))
    app.conf.broker_transport_options |= {"socket_timeout": _FOR_EVER_SECONDS}
    with (
        ThreadPoolExecutor(1) as thread,
        watching(group.url) as look,
        closing(app),
        app.connection_for_read() as connection,
    ):
        client = connection.default_channel.client
        assert client.ping()
        group.fail_over(frozen=True)
        asked = thread.submit(client.ping)
        look()
        error = asked.exception(PATIENCE_SECONDS)
        assert error is None or isinstance(error, RedisConnectionError)
        # Celery's consumer connects anew upon it.
        assert client.ping()


def test_nothing_is_dropped_while_the_master_stays(group: Group) -> None:
    """The watch looks every second, and no Sentinel that is away for a moment changes anything."""
    with watching(group.url) as look, _client_for_ever(group) as client:
        client.ping()
        [connection] = client.connection_pool._available_connections
        sock = connection._sock
        look()
        client.ping()
        assert connection._sock is sock is not None


def test_a_worker_by_sentinel_watches_each_url_once(group: Group) -> None:
    """Ledger and broker may have Sentinels each; without any, nobody is asked."""
    settings = chaos_settings(group.url)
    assert sentinel_urls(settings) == [group.url]
    other = settings.model_copy(update={"broker_url_setting": f"{group.url}2;amqp://elsewhere//"})
    assert sentinel_urls(other) == [group.url, f"{group.url}2"]
    assert sentinel_urls(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})) == []


def test_the_watch_asks_by_itself_and_ends_when_it_is_told(group: Group) -> None:
    """As the other services of a worker do."""
    watch = MasterWatch([group.url])
    watch.start()
    with ThreadPoolExecutor(1) as thread, _client_for_ever(group) as client:
        client.ping()
        wait_until(lambda: bool(watch._known), PATIENCE_SECONDS, "the first look")
        group.fail_over(frozen=True)
        assert thread.submit(client.ping).result(PATIENCE_SECONDS)
    watch.stop()
    assert not watch._thread.is_alive()
