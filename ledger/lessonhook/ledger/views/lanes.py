"""The lanes of all subscribers: one alone, thousands in few round trips, or all of them in sums."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.transitions.keys import SHARDS, attention_key, key, subscribers, unsubscribed_key
from lessonhook.ledger.views.moments import moment
from lessonhook.ledger.views.status import LaneStatus
from lessonhook.ledger.views.survey import Survey

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.transitions.scripts import Scripts

#: Lanes that are read in one round trip: Redis keeps a pipeline's replies in its memory until all of them are there.
_AT_ONCE: Final = 500
#: The fields that show trouble in a lane that has nothing undelivered.
_SIGNS: Final = ("paused_operator_at", "paused_exhausted_at", "failures_in_a_row")


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
        names: set[bytes] = set()
        for shard in range(SHARDS):
            waiting: Any = self._redis.zrange(attention_key(shard), 0, -1)
            names.update(waiting)
        return sorted(name.decode() for name in names)

    def status(self, subscriber: str) -> LaneStatus:
        """Read a lane as a person sees it, at one moment; all counts of an unknown subscriber are 0."""
        return LaneStatus.read(subscriber, self._scripts.call("status", key("lane", subscriber), subscriber))

    def statuses(self, subscribers: Iterable[str]) -> list[LaneStatus]:
        """Read lanes in the order of the names given, hundreds in a round trip."""
        names = list(subscribers)
        lanes = []
        for first in range(0, len(names), _AT_ONCE):
            chunk = names[first : first + _AT_ONCE]
            replies = self._scripts.call_each("status", [(key("lane", name), name) for name in chunk])
            lanes += [LaneStatus.read(name, reply) for name, reply in zip(chunk, replies, strict=True)]
        return lanes

    def notable(self, subscribers: Sequence[str]) -> set[str]:
        """Name all that have undelivered events, a pause or a failure; each costs Redis a few microseconds.

        Until the sweep has looked at its lane, a subscriber that has none of these any more may be among them.
        """
        busy = set(self.busy_subscribers())
        return busy | set(self._with_signs(name for name in subscribers if name not in busy))

    def unsubscribed(self) -> dict[str, int]:
        """Count the completions of the last days for subscribers without a subscription, by subscriber, most first.

        At most 100 subscribers of a shard are counted by name.
        """
        counted: dict[str, int] = {}
        for shard in range(SHARDS):
            counts: Any = self._redis.hgetall(unsubscribed_key(shard))
            counted |= {name.decode(): int(count) for name, count in counts.items() if name != b"/total"}
        return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))

    def survey(self, *, worst: int) -> Survey:
        """Sum up all lanes, and name the `worst` subscribers that have waited longest."""
        return Survey.take(self._scripts, worst=worst)

    def now(self) -> datetime:
        """Read the ledger's clock, which is that of Redis."""
        seconds, microseconds = self._redis.time()
        return moment(seconds * 1000 + microseconds / 1000 + self._scripts.clock_ahead_ms)

    def _with_signs(self, subscribers: Iterable[str]) -> Iterator[str]:
        waiting = iter(subscribers)
        while chunk := list(islice(waiting, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for name in chunk:
                    pipeline.hmget(key("lane", name), list(_SIGNS))
                replies: list[Any] = pipeline.execute()
            for name, signs in zip(chunk, replies, strict=True):
                if any(sign not in {None, b"0"} for sign in signs):
                    yield name
