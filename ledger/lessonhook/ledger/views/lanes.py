"""The lanes of all subscribers: one alone, thousands in few round trips, or all of them in sums."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lessonhook.ledger.transitions.keys import (
    SHARDS,
    attention_key,
    key,
    shard_of,
    subscribers,
    subscribers_key,
    unsubscribed_key,
)
from lessonhook.ledger.views.moments import moment
from lessonhook.ledger.views.status import LaneStatus
from lessonhook.ledger.views.survey import Survey

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.transitions.scripts import Scripts

#: Lanes that one call reads, so that other callers wait for Redis for a millisecond, as they do for some transitions.
_LANES_OF_A_CALL: Final = 40
#: Such calls in one round trip. Redis may run all of them before it replies to anybody else.
_CALLS_AT_ONCE: Final = 5
#: Shards whose lanes are looked at for trouble in one round trip. Each takes Redis some two microseconds a subscriber,
#: and it may look at all of them before it replies to anybody else.
_SHARDS_AT_ONCE: Final = 4


class Lanes:
    """The lanes of one ledger. Changes nothing; every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis", scripts: "Scripts") -> None:
        self._redis = redis
        self._scripts = scripts

    def subscribers(self) -> list[str]:
        """Name every subscriber that has a subscription or undelivered events, sorted."""
        return subscribers(self._redis)

    def busy_subscribers(self) -> list[str]:
        """Name every subscriber that has undelivered events, sorted."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for shard in range(SHARDS):
                pipeline.zrange(attention_key(shard), 0, -1)
            waiting: list[list[bytes]] = pipeline.execute()
        return sorted({name.decode() for names in waiting for name in names})

    def status(self, subscriber: str) -> LaneStatus:
        """Read a lane as a person sees it, at one moment; all counts of an unknown subscriber are 0."""
        [reply] = self._scripts.call("status", key("lane", subscriber), subscriber)
        return LaneStatus.read(subscriber, reply)

    def statuses(self, subscribers: Iterable[str]) -> list[LaneStatus]:
        """Read lanes in the order of the names given: those of a shard in calls of many, hundreds in a round trip."""
        names = list(subscribers)
        together = list(_by_shard(names))
        calls = [(key("lane", first), first, *others) for first, *others in together]
        replies = self._scripts.call_each("status", calls, at_once=_CALLS_AT_ONCE)
        lanes = {
            name: LaneStatus.read(name, reply)
            for chunk, chunk_replies in zip(together, replies, strict=True)
            for name, reply in zip(chunk, chunk_replies, strict=True)
        }
        return [lanes[name] for name in names]

    def notable(self) -> set[str]:
        """Name all that have undelivered events, a pause or a failure; Redis is asked once a shard.

        Until the sweep has looked at its lane, a subscriber that has none of these any more may be among them.
        """
        calls = [(subscribers_key(shard),) for shard in range(SHARDS)]
        shards = self._scripts.call_each("notable", calls, at_once=_SHARDS_AT_ONCE)
        return {name.decode() for names in shards for name in names}

    def unsubscribed(self) -> dict[str, int]:
        """Count the completions of the last days for subscribers without a subscription, by subscriber, most first.

        At most 100 subscribers of a shard are counted by name.
        """
        with self._redis.pipeline(transaction=False) as pipeline:
            for shard in range(SHARDS):
                pipeline.hgetall(unsubscribed_key(shard))
            shards: list[dict[bytes, bytes]] = pipeline.execute()
        counted = {
            name.decode(): int(count) for counts in shards for name, count in counts.items() if name != b"/total"
        }
        return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))

    def survey(self, *, worst: int) -> Survey:
        """Sum up all lanes, and name the `worst` subscribers that have waited longest."""
        return Survey.take(self._scripts, worst=worst)

    def now(self) -> datetime:
        """Read the ledger's clock, which is that of Redis."""
        seconds, microseconds = self._redis.time()
        return moment(seconds * 1000 + microseconds / 1000 + self._scripts.clock_ahead_ms)


def _by_shard(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield the names, each once: in each list some of one shard, as many as one call reads."""
    shards: dict[int, list[str]] = {}
    for name in dict.fromkeys(names):
        shards.setdefault(shard_of(name), []).append(name)
    for of_shard in shards.values():
        for first in range(0, len(of_shard), _LANES_OF_A_CALL):
            yield of_shard[first : first + _LANES_OF_A_CALL]
