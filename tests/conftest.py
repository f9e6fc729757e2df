"""The parts that tests share: real servers, emptied before each test and searched for leaked keys after it."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from lessonhook.config import Settings
from lessonhook.producer import Producer
from tests.support.endpoints.name_service import NameService
from tests.support.endpoints.receiver import Receiver
from tests.support.engine import why_no_engine
from tests.support.patience import patient_url
from tests.support.people.customer import Customer
from tests.support.people.producing import running_producer
from tests.support.people.stored_events import Stored
from tests.support.processes.workers import Workers, running_workers
from tests.support.servers.broker_view import BrokerView
from tests.support.servers.key_leaks import keys_without_lifetime
from tests.support.servers.server import DATABASES, KINDS, REDIS, VALKEY, Server, binary_of
from tests.support.shortened import short_settings

# A shell that starts the tests in the background has SIGINT ignored, and so would all processes that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

_SERVERS = "TEST_SERVERS"
#: Makes a customer of this name, with these options of its subscription.
NewCustomer = Callable[..., Customer]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run name the servers to test against."""
    parser.addoption("--redis", action="store_true", help=f"also run against redis-server (or {_SERVERS}=valkey,redis)")


def pytest_configure(config: pytest.Config) -> None:
    """Take the machine's own settings out of the environment, so that a test knows what it runs with."""
    config.addinivalue_line("markers", "one_kind_of_server: shows what no other kind of server would change")
    for name in [name for name in os.environ if name.startswith("LESSONHOOK_") and name != _SERVERS]:
        del os.environ[name]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a container engine where there is none, and say why."""
    if item.get_closest_marker("engine") and (reason := why_no_engine()):
        pytest.skip(reason)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a server once for each kind of server that this run names; what a browser shows, for one kind."""
    if "server_kind" in metafunc.fixturenames:
        most = 1 if metafunc.definition.get_closest_marker("one_kind_of_server") else len(KINDS)
        metafunc.parametrize("server_kind", _kinds(metafunc.config)[:most], scope="session")


def _kinds(config: pytest.Config) -> list[str]:
    named = os.environ.get(_SERVERS, VALKEY).split(",")
    if config.getoption("redis"):
        named.append(REDIS)
    unknown = set(named) - set(KINDS)
    if unknown:
        raise pytest.UsageError(f"{_SERVERS} names {', '.join(sorted(unknown))}; it may name {', '.join(KINDS)}")
    return [kind for kind in KINDS if kind in named and binary_of(kind)]


@pytest.fixture(scope="session")
def server(server_kind: str) -> Iterator[Server]:
    """Yield the server that tests share; a test that stops or kills one takes `own_server`."""
    with Server(server_kind) as running:
        yield running


@pytest.fixture
def own_server(server_kind: str) -> Iterator[Server]:
    """Yield a server for one test alone, to be killed, restarted and frozen; it keeps an append-only file."""
    with Server(server_kind, append_only=True) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_leaked_keys(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the shared server before a test; fail the test if a key without a lifetime remains that should have one."""
    if "server" not in request.fixturenames:
        yield
        return
    shared: Server = request.getfixturevalue("server")
    with shared.client() as client:
        client.flushall()
    yield
    for database in range(DATABASES):
        with shared.client(database) as client:
            leaked = sorted(keys_without_lifetime(client))
        if leaked:
            pytest.fail(f"keys without a lifetime were left in database {database}: {', '.join(leaked)}", pytrace=False)


@pytest.fixture
def redis_url(server: Server) -> str:
    """Return the URL of an emptied database."""
    return server.url


@pytest.fixture
def redis_client(server: Server) -> Iterator[redis.Redis]:
    """Yield a client of that database, which gives bytes."""
    with server.client() as client:
        yield client


@pytest.fixture
def settings(redis_url: str) -> Settings:
    """Return settings for that database, with every delay short and the loopback open to deliveries."""
    return short_settings(patient_url(redis_url))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Yield an endpoint that records what it is sent and responds as the test sets it."""
    with Receiver() as listening:
        yield listening


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameService]:
    """Yield the name service of this test in place of the machine's; it knows no name until a test gives it one."""
    service = NameService()
    monkeypatch.setattr(socket, "getaddrinfo", service.getaddrinfo)
    yield service
    service.release.set()


@pytest.fixture
def producer(settings: Settings) -> Iterator[Producer]:
    """Yield what the LMS would use, for the test's settings: `.send_completion` and `.subscriptions`."""
    with running_producer(settings) as sending:
        yield sending


@pytest.fixture
def worker_process(settings: Settings, tmp_path: Path) -> Iterator[Workers]:
    """Yield what starts worker processes: `worker_process.start(queues=…, slots=…, env=…)`."""
    with running_workers(settings, tmp_path) as workers:
        yield workers


@pytest.fixture
def new_customer(producer: Producer, receiver: Receiver, server: Server) -> Iterator[NewCustomer]:
    """Yield what makes a customer; nothing is delivered by itself, since no worker runs."""
    broker = BrokerView(server)
    yield lambda name, **options: Customer(name, producer, receiver, broker, options)
    broker.close()


@pytest.fixture
def customer(new_customer: NewCustomer) -> Customer:
    """Return a customer whose endpoint accepts."""
    return new_customer("acme", authorization="Token secret-of-acme")


@pytest.fixture
def stored(producer: Producer, customer: Customer) -> Stored:
    """Return what brings events of that customer into any state, as workers would."""
    return Stored(producer.ledger, customer)
