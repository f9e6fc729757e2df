"""The transitions are functions of one library; where a server or a user has no functions, they are scripts."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import redis

from lessonhook.ledger import Ledger, Policy, Recorded
from lessonhook.ledger.redis.connection import connect
from lessonhook.ledger.transitions.assembly import library
from tests.support.servers.command_counts import counted
from tests.support.servers.server import Server

_DAY_MS = 86_400_000


@pytest.fixture
def client(own_server: Server) -> Iterator[redis.Redis]:
    """Yield a client that may do all."""
    with own_server.client() as opened:
        yield opened


def open_ledger(server: Server, policy: Policy, *, user: str = "") -> Ledger:
    """Return a ledger with a company in it, by a connection of its own."""
    url = server.url.replace("//", f"//{user}:secret@", 1) if user else server.url
    redis_client = connect(url, timeout_seconds=30, connect_timeout_seconds=30, connections=20)
    ledger = Ledger(redis_client, policy, kept_connections=4)
    ledger.subscribe("acme", document=b"{}", endpoint="one", max_in_flight=None, max_per_second=None)
    return ledger


def record(ledger: Ledger, number: int) -> Recorded | None:
    """Record a completion of a learner of its own."""
    event_id = f"event-{number}"
    step = ledger.record("acme", event_id, body=b"{}", learner=event_id, lesson="1", completed_at=number)
    return step.recorded


def loaded(client: redis.Redis) -> set[str]:
    """Return the names of the libraries on the server."""
    libraries: Any = client.function_list()
    return {facts[1].decode() for facts in libraries}


def test_the_library_is_loaded_once_for_all_transitions(own_server: Server, client: redis.Redis) -> None:
    """By the first call that does not find its function; a second process finds it."""
    with counted(client) as asked, closing(open_ledger(own_server, Policy()).redis):
        ledger = open_ledger(own_server, Policy())
        assert record(ledger, 1) is Recorded.QUEUED
        ledger.lanes.status("acme")
    assert (asked.count("function|load"), asked.count("evalsha")) == (1, 0)
    assert loaded(client) == {library(Policy()).name}


def test_releases_stand_beside_each_other(own_server: Server, client: redis.Redis) -> None:
    """Two policies are two libraries, and each process calls its own."""
    policies = (Policy(), Policy(max_in_flight=2))
    ledgers = [open_ledger(own_server, policy) for policy in policies]
    assert [record(ledger, number) for number, ledger in enumerate(ledgers)] == [Recorded.QUEUED, Recorded.HELD]
    assert loaded(client) == {library(policy).name for policy in policies}


@pytest.mark.parametrize("forbidden", ["-fcall", "-function|load"])
def test_a_user_without_the_right_to_functions_calls_scripts(
    own_server: Server, client: redis.Redis, forbidden: str
) -> None:
    """The same transitions, from the same files."""
    rights = ["+@all", forbidden]
    client.acl_setuser("plain", enabled=True, passwords=["+secret"], keys=["*"], channels=["*"], commands=rights)
    ledger = open_ledger(own_server, Policy(), user="plain")
    with counted(client) as asked:
        assert [record(ledger, number) for number in range(3)] == [Recorded.QUEUED, Recorded.HELD, Recorded.HELD]
        assert [status.recorded for status in ledger.lanes.statuses(["acme", "other"])] == [3, 0]
    assert asked.count("fcall", "function|load") == 0
    assert asked.count("evalsha") >= 3
    assert loaded(client) == set()


def test_a_full_redis_that_lost_the_library_still_delivers(own_server: Server, client: redis.Redis) -> None:
    """Redis refuses to load a library when its memory is full, and a script never: what was accepted goes on."""
    ledger = open_ledger(own_server, Policy())
    assert record(ledger, 1) is Recorded.QUEUED
    client.function_flush()
    client.config_set("maxmemory", "1mb")
    assert ledger.admit("acme", "event-1").delivery is not None
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        record(ledger, 2)


def test_an_error_of_a_transition_is_no_refusal_of_functions(own_server: Server, client: redis.Redis) -> None:
    """A damaged lane fails as it does by a script, and the next call is by function again."""
    ledger = open_ledger(own_server, Policy())
    client.set("lessonhook:{0}:lane:damaged", "no hash", px=60_000)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        ledger._scripts.call("status", "lessonhook:{0}:lane:damaged", "damaged")
    with counted(client) as asked:
        record(ledger, 1)
    assert (asked.count("fcall"), asked.count("evalsha")) == (1, 0)


def test_a_library_that_nobody_uses_is_deleted_after_a_day(own_server: Server, client: redis.Redis) -> None:
    """Those of an older release and of other settings; the own one stays, and so does what is no library of ours."""
    ledger, old = open_ledger(own_server, Policy()), open_ledger(own_server, Policy(attempts=4))
    client.function_load("#!lua name=theirs\nredis.register_function('theirs', function() return 1 end)")
    both = {library(Policy()).name, library(Policy(attempts=4)).name}
    assert ledger.libraries.tidy(_DAY_MS) == []
    assert old.libraries.tidy(_DAY_MS + 60_000) == []
    assert ledger.libraries.tidy(2 * _DAY_MS) == []
    assert loaded(client) == {*both, "theirs"}

    assert ledger.libraries.tidy(2 * _DAY_MS + 60_000) == [library(Policy(attempts=4)).name]
    assert loaded(client) == {library(Policy()).name, "theirs"}
    assert client.ttl("lessonhook:libraries") > 0

    assert record(old, 1) is Recorded.QUEUED, "who still needs it loads it again"
    assert loaded(client) == {*both, "theirs"}
