"""The look-ups of the names of Redis and RabbitMQ, which end in time whatever the name server does."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from lessonhook.config.name_lookup import addresses_of, addresses_on_loop, connect_by_name
from tests.support.endpoints.name_service import NameService
from tests.support.patience import PATIENCE_SECONDS

_SHORT_SECONDS = 0.05
_numbers = count()


@pytest.fixture
def host() -> str:
    """Return a name that no other test has, because found addresses are kept for as long as a process lives."""
    return f"redis{next(_numbers)}.test"


def test_an_address_is_not_looked_up(names: NameService) -> None:
    """Most installations that need speed name one."""
    assert addresses_of("127.0.0.1", 0.0) == ("127.0.0.1",)
    assert addresses_of("::1", 0.0) == ("::1",)
    assert asyncio.run(addresses_on_loop("127.0.0.1", 0.0)) == ("127.0.0.1",)
    assert not names.asked


def test_a_name_has_its_addresses_in_their_order(names: NameService, host: str) -> None:
    """The system sorts them."""
    names.addresses[host] = [["::1", "127.0.0.1", "::1"]]
    assert addresses_of(host, PATIENCE_SECONDS) == ("::1", "127.0.0.1")
    assert asyncio.run(addresses_on_loop(host, PATIENCE_SECONDS)) == ("::1", "127.0.0.1")


def test_a_look_up_that_hangs_ends_with_the_limit(names: NameService, host: str) -> None:
    """The error is that of a name server that does not reply; redis-py and py-amqp know it."""
    names.hanging.add(host)
    with pytest.raises(socket.gaierror, match="takes too long"):
        addresses_of(host, _SHORT_SECONDS)
    with pytest.raises(socket.gaierror, match="takes too long"):
        asyncio.run(addresses_on_loop(host, _SHORT_SECONDS))
    assert not names.release.is_set()


def test_a_name_that_hangs_keeps_one_thread(names: NameService, host: str) -> None:
    """However many threads and loops ask for it."""
    names.hanging.add(host)

    def ask(_: int) -> bool:
        with pytest.raises(socket.gaierror):
            addresses_of(host, _SHORT_SECONDS)
        return True

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(32)))
    assert names.asked == [host]


def test_a_name_that_hangs_keeps_no_thread_of_the_loops_executor(names: NameService, host: str) -> None:
    """An LMS's own calls by `asyncio.to_thread` need them."""
    names.hanging.add(host)

    async def ask() -> str:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        for _ in range(3):
            with pytest.raises(socket.gaierror):
                await addresses_on_loop(host, _SHORT_SECONDS)
        return await asyncio.to_thread(lambda: "free")

    assert asyncio.run(ask()) == "free"


@pytest.mark.parametrize("limit_seconds", [PATIENCE_SECONDS, None])
def test_the_addresses_that_were_found_last_stand_in_for_a_look_up_that_hangs(
    names: NameService, host: str, limit_seconds: float | None
) -> None:
    """A server seldom moves, and least of all while its name server is away."""
    names.addresses[host] = [["127.0.0.7"]]
    assert addresses_of(host, PATIENCE_SECONDS) == ("127.0.0.7",)
    names.hanging.add(host)
    assert addresses_of(host, limit_seconds) == ("127.0.0.7",)
    assert asyncio.run(addresses_on_loop(host, limit_seconds)) == ("127.0.0.7",)
    assert not names.release.is_set()


def test_they_stand_in_for_a_name_server_that_is_away(
    names: NameService, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system says "for the moment" of that, and something else of a name that does not exist."""
    names.addresses[host] = [["127.0.0.7"], ["127.0.0.8"]]
    assert addresses_of(host, PATIENCE_SECONDS) == ("127.0.0.7",)
    for number, found in ((socket.EAI_AGAIN, True), (socket.EAI_NONAME, False)):

        def fail(*_: object, number: int = number, **__: object) -> None:
            raise socket.gaierror(number, "failed")

        with monkeypatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", fail)
            if found:
                assert addresses_of(host, PATIENCE_SECONDS) == ("127.0.0.7",)
            else:
                with pytest.raises(socket.gaierror, match="failed"):
                    addresses_of(host, PATIENCE_SECONDS)
    # A name server that is back is believed at once.
    assert addresses_of(host, PATIENCE_SECONDS) == ("127.0.0.8",)


def test_each_address_is_tried_until_one_accepts(names: NameService, host: str) -> None:
    """A name often has an address of IPv6 that nothing listens on."""
    names.addresses[host] = [["::1", "127.0.0.7", "127.0.0.8"]]
    tried = []

    def connect(address: str) -> str:
        tried.append(address)
        if address == "::1":
            raise ConnectionRefusedError
        return f"connected with {address}"

    assert connect_by_name(host, PATIENCE_SECONDS, connect) == "connected with 127.0.0.7"
    assert tried == ["::1", "127.0.0.7"]


def test_the_last_address_says_why_none_accepts(names: NameService, host: str) -> None:
    """As redis-py and py-amqp do."""
    names.addresses[host] = [["127.0.0.7", "127.0.0.8"]]

    def refuse(address: str) -> None:
        raise ConnectionRefusedError(address)

    with pytest.raises(ConnectionRefusedError, match=r"127\.0\.0\.8"):
        connect_by_name(host, PATIENCE_SECONDS, refuse)
