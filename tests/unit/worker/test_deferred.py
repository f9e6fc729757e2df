"""What a worker remembers of the messages that it took in vain."""

import pytest
from redis.exceptions import ClusterDownError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from lessonhook.worker.runtime.deferred import Deferred


def test_while_redis_is_away_each_event_is_kept() -> None:
    """They are told when it is back, each once, in the order in which they were taken."""
    deferred = Deferred()
    for number in (1, 2, 1):
        deferred.note("acme", f"event-{number}")
    told: list[tuple[str, str]] = []

    def away(*_: str) -> None:
        raise RedisConnectionError

    with pytest.raises(RedisConnectionError):
        deferred.each(away)
    deferred.each(lambda *event: told.append(event))
    deferred.each(lambda *event: told.append(event))
    assert told == [("acme", "event-1"), ("acme", "event-2")]


@pytest.mark.parametrize("refusal", [ClusterDownError("The cluster is down"), ResponseError("BUSY Redis is busy")])
def test_while_redis_serves_nobody_each_event_is_kept(refusal: ResponseError) -> None:
    """Such a reply is an error of the command's to redis-py, and is not about the event."""
    deferred = Deferred()
    deferred.note("acme", "event-1")
    told: list[str] = []

    def refused(*_: str) -> None:
        raise refusal

    with pytest.raises(RedisConnectionError):
        deferred.each(refused)
    deferred.each(lambda _, event_id: told.append(event_id))
    assert told == ["event-1"]


def test_one_that_redis_has_an_error_for_keeps_no_other_back() -> None:
    """A damaged lane would otherwise end each sweep."""
    deferred = Deferred()
    deferred.note("damaged", "event-1")
    deferred.note("acme", "event-2")
    told: list[str] = []

    def tell(subscriber: str, _event_id: str) -> None:
        if subscriber == "damaged":
            raise ResponseError("WRONGTYPE")
        told.append(subscriber)

    deferred.each(tell)
    deferred.each(tell)
    assert told == ["acme"]


def test_one_call_takes_so_many_and_leaves_the_others_to_the_next() -> None:
    """Each is a round trip, and what comes after them in the sweep must not wait for thousands."""
    deferred = Deferred()
    for number in range(5_000):
        deferred.note("acme", f"event-{number}")
    told: list[str] = []
    counted = [deferred.each(lambda _, event_id: told.append(event_id)) for _ in range(4)]
    assert counted == [2_000, 2_000, 1_000, 0]
    assert told == [f"event-{number}" for number in range(5_000)]
