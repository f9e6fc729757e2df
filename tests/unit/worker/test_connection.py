"""Which transport a connection resolves to: ours for every form of Redis' URL, everybody else's own otherwise."""

import pickle
from typing import Any

import pytest
from kombu import Connection
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis

from lessonhook.config import Settings
from lessonhook.config.celery import MendedConnection
from lessonhook.config.celery.message_guard import GuardedAmqpTransport
from lessonhook.config.celery.redis_transport import Channel, SentinelChannel, SentinelTransport, Transport
from lessonhook.worker import create_app

REDIS_URLS = [
    "redis://127.0.0.1:6379/0",
    "redis://",
    "redis://user:secret@cache.internal:6380/3",
    "rediss://:secret@cache.internal:6380/0",
    "rediss://cache.internal/0?ssl_cert_reqs=required&ssl_ca_certs=/etc/ca.pem",
    "redis+socket:///run/redis.sock?virtual_host=2",
    "redis://one:6379/0;redis://two:6379/0",
]
SENTINEL_URLS = ["sentinel://one:26379", "sentinel://one:26379;sentinel://two:26379"]


@pytest.mark.parametrize("url", REDIS_URLS)
def test_every_form_of_redis_url_is_served_by_the_mended_transport(url: str) -> None:
    """Plain, with TLS, by a Unix socket, with a second URL to fail over to."""
    assert MendedConnection(url).get_transport_cls() is Transport


@pytest.mark.parametrize("url", SENTINEL_URLS)
def test_sentinel_is_served_by_the_mended_transport(url: str) -> None:
    """Sentinel has a transport of its own, and a channel that has both our mends and its knowledge."""
    transport = MendedConnection(url).get_transport_cls()
    assert transport is SentinelTransport
    assert transport.Channel is SentinelChannel
    assert issubclass(SentinelChannel, kombu_redis.SentinelChannel)
    assert SentinelChannel._get_pool is kombu_redis.SentinelChannel._get_pool
    assert SentinelChannel._connparams is Channel._connparams


@pytest.mark.parametrize("url", ["memory://", "filesystem://"])
def test_other_brokers_keep_their_own_transport(url: str) -> None:
    """Only those of Redis and of AMQP have something to mend."""
    assert MendedConnection(url).get_transport_cls() is Connection(url).get_transport_cls()


@pytest.mark.parametrize("scheme", ["amqp", "amqps", "pyamqp"])
def test_amqp_has_a_transport_that_unpacks_no_message_and_waits_for_no_reply_for_ever(scheme: str) -> None:
    """In all else it is kombu's own, by TLS too."""
    transport = MendedConnection(f"{scheme}://guest@rabbit//").get_transport_cls()
    assert issubclass(transport, GuardedAmqpTransport)
    assert issubclass(transport.Connection, GuardedAmqpTransport.Connection)
    assert "blocking_read" in vars(transport.Connection)
    assert issubclass(transport, Connection(f"{scheme}://guest@rabbit//").get_transport_cls())


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("url", [*REDIS_URLS, *SENTINEL_URLS])
def test_what_is_connected_to_is_what_kombu_would_connect_to(url: str) -> None:
    """Host, database, credentials, TLS and what a log shows: only the class behind them differs."""

    def facts(connection: Any) -> Any:
        return connection.info(), connection.as_uri(), connection.alt, connection.transport.default_port

    assert facts(MendedConnection(url)) == facts(Connection(url))


def test_a_failover_does_not_lose_the_mend() -> None:
    """Kombu parses the next URL anew, and would forget a transport that was only named at the start."""
    connection = MendedConnection("redis://one:6379/0;redis://two:6379/0")
    connection.maybe_switch_next()
    assert (connection.hostname, connection.get_transport_cls()) == ("two", Transport)


def test_copies_and_pooled_connections_are_mended_too() -> None:
    """Publishers borrow connections that kombu makes from the first one's parameters."""
    connection = MendedConnection("redis://127.0.0.1:6379/0")
    pooled = connection.Pool(limit=2).new()
    for copy in (connection.clone(), pickle.loads(pickle.dumps(connection)), pooled):  # noqa: S301  # our own
        assert copy.get_transport_cls() is Transport


def test_all_connections_of_the_workers_application_are_mended() -> None:
    """Those that consume, those that publish, and those that wait in its pool."""
    app = create_app(Settings())
    for connection in (app.connection_for_read(), app.connection_for_write(), app.connection(), app.pool.new()):
        assert connection.get_transport_cls() is Transport


def test_nothing_changes_for_the_rest_of_the_process() -> None:
    """Kombu's table of transports is left as it was."""
    assert TRANSPORT_ALIASES["redis"] == "kombu.transport.redis:Transport"
    assert Connection("redis://").get_transport_cls() is kombu_redis.Transport
