"""The tests' own machinery: a server that really dies, freezes and comes back, and leaked keys that are found."""

import pytest
import redis

from lessonhook.config import Settings
from tests.support.servers.key_leaks import keys_without_lifetime
from tests.support.servers.server import Server


def test_a_killed_server_refuses_and_comes_back_with_its_data(own_server: Server) -> None:
    """What was written before a kill is there after the restart, on the same port."""
    with own_server.client(retry=None) as client:
        client.set("kept", "yes")
        own_server.kill()
        with pytest.raises(redis.exceptions.ConnectionError):
            client.ping()
        own_server.restart()
        assert client.get("kept") == b"yes"


def test_a_frozen_server_replies_nothing_until_it_goes_on(own_server: Server) -> None:
    """A frozen server is one that accepts and never replies, not one that refuses."""
    own_server.stop()
    with own_server.client(socket_timeout=0.2, retry=None) as client:
        with pytest.raises(redis.exceptions.TimeoutError):
            client.ping()
        own_server.cont()
        assert client.ping()


def test_a_server_can_be_reached_by_its_socket(own_server: Server) -> None:
    """The same server listens on a Unix socket."""
    with redis.Redis(unix_socket_path=str(own_server.socket_path)) as client:
        assert client.ping()


def test_each_test_starts_with_an_emptied_database(redis_client: redis.Redis, settings: Settings) -> None:
    """The settings and the client speak of the same, empty database."""
    assert redis_client.dbsize() == 0
    with redis.Redis.from_url(settings.redis_url) as client:
        client.set("lessonhook:{1}:event:acme/1", "body", ex=60)
    assert redis_client.exists("lessonhook:{1}:event:acme/1")


@pytest.mark.parametrize(
    ("name", "leaks"),
    [
        ("lessonhook:{1}:event:acme/1", True),
        ("lessonhook:{1}:subscription:acme", False),
        ("lessonhook:{63}:subscribers", False),
        ("lessonhook:broker:completions", False),
        ("lessonhook:broker:somebodys-queue", True),
        ("unacked", True),
    ],
)
def test_a_key_that_should_have_a_lifetime_is_found(own_server: Server, name: str, *, leaks: bool) -> None:
    """Only keys that are named with a reason may live for ever."""
    with own_server.client() as client:
        client.set(name, "value")
        assert list(keys_without_lifetime(client)) == ([name] if leaks else [])
        client.expire(name, 60)
        assert not list(keys_without_lifetime(client))


@pytest.mark.parametrize("paused", [True, False])
def test_a_lane_may_live_for_ever_only_while_an_operator_pauses_it(own_server: Server, *, paused: bool) -> None:
    """An operator's pause has no end of its own; any other lane has one."""
    with own_server.client() as client:
        client.hset(
            "lessonhook:{1}:lane:acme", mapping={"window": 1, "paused_operator_at": "2026-01-01" if paused else ""}
        )
        assert list(keys_without_lifetime(client)) == ([] if paused else ["lessonhook:{1}:lane:acme"])
