"""The transitions keep connections, lend each to one thread at a time, and replace those that broke."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Barrier
from types import FrameType

import pytest
import redis

from lessonhook.ledger import Ledger, Policy, Recorded
from lessonhook.ledger.redis.connection import connect
from lessonhook.ledger.transitions.keys import key
from tests.support.servers.server import Server

_KEPT = 4
#: Far longer than a signal takes.
_PATIENCE_SECONDS = 30.0


class Interrupted(BaseException):
    """Raised by a signal of the LMS in the middle of a call, as a time limit is."""


@pytest.fixture
def ledger(own_server: Server) -> Iterator[Ledger]:
    """Return a ledger with a few kept connections, and a company in it."""
    client = connect(own_server.url, timeout_seconds=_PATIENCE_SECONDS, connect_timeout_seconds=5, connections=20)
    ledger = Ledger(client, Policy(), kept_connections=_KEPT)
    ledger.subscribe("acme", document=b"{}", endpoint="one", max_in_flight=None, max_per_second=None)
    yield ledger
    client.close()


def record(ledger: Ledger, number: int) -> Recorded | None:
    """Record a completion of a learner of its own."""
    event_id = f"event-{number}"
    step = ledger.record("acme", event_id, body=b"{}", learner=event_id, lesson="1", completed_at=number)
    return step.recorded


def connections(server: Server) -> int:
    """Count the connections to the server without the one that counts."""
    with server.client() as client:
        return len(client.client_list()) - 1


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Let a signal raise `Interrupted` within the block."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_one_thread_needs_one_connection(ledger: Ledger, own_server: Server) -> None:
    """However often it calls: what is not loaded yet is loaded by the same one. Other commands use the pool."""
    for number in range(50):
        assert record(ledger, number) in {Recorded.QUEUED, Recorded.HELD}
        ledger.lanes.status("acme")
    assert connections(own_server) == 1


def test_threads_beyond_those_that_are_kept_are_served_too(ledger: Ledger) -> None:
    """The pool lends them a connection, and each completion is recorded once."""
    with ThreadPoolExecutor(16) as threads:
        recorded = list(threads.map(lambda number: record(ledger, number), range(400)))
    assert set(recorded) <= {Recorded.QUEUED, Recorded.HELD}
    assert ledger.lanes.status("acme").recorded == 400


@pytest.mark.parametrize("query", ["", "?max_connections=10"], ids=["by_default", "by_url"])
def test_threads_that_come_at_one_moment_leave_the_pool_its_own(own_server: Server, query: str) -> None:
    """More threads than connections may begin before any is open. The URL may also allow fewer than are to be kept.

    What is kept never comes back to the pool: with all of it, nothing else could be asked of Redis ever again.
    """
    client = connect(own_server.url + query, timeout_seconds=2, connect_timeout_seconds=2, connections=20)
    with closing(client), ThreadPoolExecutor(64) as threads:
        ledger = Ledger(client, Policy(), kept_connections=_KEPT if not query else 20)
        ledger.subscribe("acme", document=b"{}", endpoint="one", max_in_flight=None, max_per_second=None)
        at_once = Barrier(64)

        def record_together(number: int) -> Recorded | None:
            at_once.wait()
            return record(ledger, number)

        recorded = list(threads.map(record_together, range(64)))
        assert set(recorded) <= {Recorded.QUEUED, Recorded.HELD}
        assert ledger.lanes.subscribers() == ["acme"]


def test_a_connection_that_was_closed_meanwhile_costs_nothing(ledger: Ledger, own_server: Server) -> None:
    """After a restart, or if the server drops idle clients, the call connects again and succeeds."""
    assert record(ledger, 1) is Recorded.QUEUED
    with own_server.client() as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert record(ledger, 2) is Recorded.HELD


def test_a_server_that_lost_its_scripts_gets_them_again(ledger: Ledger, own_server: Server) -> None:
    """After a restart, or on a replica that became the master, neither functions nor scripts may be loaded."""
    assert record(ledger, 1) is Recorded.QUEUED
    with own_server.client() as client:
        client.function_flush()
        client.script_flush()
    assert record(ledger, 2) is Recorded.HELD


def test_a_reply_that_was_cut_off_is_not_the_next_one(ledger: Ledger, own_server: Server) -> None:
    """A time limit may end a call in the middle; the next call must read its own reply."""
    assert record(ledger, 1) is Recorded.QUEUED
    own_server.stop()
    with pytest.raises(Interrupted), interrupted_after(0.2):
        record(ledger, 1)
    own_server.cont()
    # The reply that no call read says `duplicate`.
    assert record(ledger, 2) is Recorded.HELD


def test_an_error_of_a_script_leaves_the_connection_as_it_was(ledger: Ledger) -> None:
    """Redis replied with the error, so nothing is left unread and no new connection is opened."""
    assert record(ledger, 1) is Recorded.QUEUED
    ledger.redis.set(key("lane", "broken"), "no hash", px=60_000)
    with pytest.raises(redis.ResponseError):
        ledger.lanes.status("broken")
    assert record(ledger, 2) is Recorded.HELD
