"""A walk over many events goes on if Redis is slow for a moment, and ends if Redis hangs."""

from itertools import pairwise

import pytest
import redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from lessonhook.ledger import Policy
from lessonhook.ledger.views import events as module
from tests.support.people.company import Company

#: Longer than the client of a walk waits for one reply, and shorter than all of its tries.
_PAUSE_MS = 700
_REPLY_SECONDS = 0.5
_EVENTS = 7


@pytest.fixture
def impatient(redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Company:
    """Return a company with seven events, read two at a time by a client that waits half a second for a reply."""
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    recording = Company(redis_client, Policy())
    for number in range(_EVENTS):
        recording.record(f"event-{number}", learner=str(number))
    options = redis_client.get_connection_kwargs()
    client = redis.Redis(host=options["host"], port=options["port"], db=options["db"], socket_timeout=_REPLY_SECONDS)
    return Company(client, Policy())


def _let_it_hang(company: Company, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Let each further read of an index time out; return a list that grows with each."""
    asked: list[object] = []

    def hang(*words: object, **_: object) -> None:
        asked.append(words)
        raise RedisTimeoutError("Timeout reading from socket")

    monkeypatch.setattr(company.ledger.redis, "zrange", hang)
    return asked


def test_a_slow_moment_ends_no_walk(impatient: Company, redis_client: redis.Redis) -> None:
    """Every event is read, once, in order."""
    walk = impatient.ledger.events.of("acme")
    found = [next(walk)]
    redis_client.client_pause(_PAUSE_MS)
    found += list(walk)
    assert {view.event_id for view in found} == {f"event-{number}" for number in range(_EVENTS)}
    assert all(later.recorded <= earlier.recorded for earlier, later in pairwise(found))
    assert len(found) == _EVENTS


def test_the_first_read_is_not_tried_again(impatient: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller who asks a Redis that hangs is told at once."""
    asked = _let_it_hang(impatient, monkeypatch)
    with pytest.raises(RedisTimeoutError):
        next(impatient.ledger.events.of("acme", states=["queued"]))  # type: ignore[list-item]  # a State is a str
    assert len(asked) == 1


def test_a_redis_that_hangs_ends_a_walk(impatient: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """After five tries, and not for ever."""
    walk = impatient.ledger.events.of("acme")
    next(walk)
    asked = _let_it_hang(impatient, monkeypatch)
    with pytest.raises(RedisTimeoutError):
        list(walk)
    assert len(asked) == 5
