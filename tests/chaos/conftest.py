"""What each fault begins with: servers of the test's own, and a scene on them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.scene import Scene, chaos_settings, open_scene
from tests.support.servers.key_leaks import keys_without_lifetime
from tests.support.servers.server import Server
from tests.support.servers.tcp_proxy import Proxy


@pytest.fixture
def redis_server() -> Iterator[Server]:
    """Yield a server for one test alone, with an append-only file; its leaked keys fail the test."""
    with Server(append_only=True) as running:
        yield running
        for database in (0, 1):
            with running.client(database) as client:
                assert not (leaked := sorted(keys_without_lifetime(client))), f"without a lifetime: {leaked}"


@pytest.fixture
def scene(redis_server: Server, tmp_path: Path) -> Iterator[Scene]:
    """Yield a system whose ledger and broker are one database."""
    with open_scene(chaos_settings(redis_server.url), tmp_path) as opened:
        yield opened


@pytest.fixture
def split_scene(redis_server: Server, tmp_path: Path) -> Iterator[Scene]:
    """Yield a system whose broker is a database of its own."""
    with open_scene(chaos_settings(redis_server.url, redis_server.url_of(1)), tmp_path) as opened:
        yield opened


@pytest.fixture
def proxy(redis_server: Server) -> Iterator[Proxy]:
    """Yield a proxy before the server."""
    with Proxy(redis_server.port) as listening:
        yield listening


@pytest.fixture
def proxied_scene(redis_server: Server, proxy: Proxy, tmp_path: Path) -> Iterator[Scene]:
    """Yield a system whose workers see Redis through the proxy; its producer sees it directly."""
    by_proxy = chaos_settings(proxy.url_of(0))
    with open_scene(chaos_settings(redis_server.url), tmp_path, worker_settings=by_proxy) as opened:
        yield opened


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run ask for the faults that last."""
    parser.addoption("--long", action="store_true", help="also run the faults that take half a minute and more")


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark of those faults."""
    config.addinivalue_line("markers", "long: takes half a minute and more; runs with --long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave those faults out unless they were asked for."""
    if config.getoption("--long", default=False):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes half a minute: runs with --long, by `make chaos`"))
