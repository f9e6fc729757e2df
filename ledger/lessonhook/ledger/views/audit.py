"""Reads the audit trail: who paused, resumed, saved, removed, erased or sent again what, and when."""

import heapq
import json
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, Self

from lessonhook.ledger.transitions.keys import every_key, key
from lessonhook.ledger.views.moments import moment

if TYPE_CHECKING:
    from redis import Redis

#: Trails that are read in one round trip.
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An act of one person on one subscriber, or the same act several times."""

    subscriber: str
    #: An `Act`, or the act of a newer release.
    act: str
    #: Who did it; "" if the caller did not say.
    by: str
    #: When it was done, the last time.
    at: datetime
    #: When it was done the first time.
    since: datetime
    #: How often it was done from `since` to `at`, with no other act between.
    times: int
    #: The event that it was done to, the last one; "" for an act on the subscriber itself.
    event_id: str
    #: Of a subscription: which fields changed, never a value. Of a statement: its month, and how its POST ended.
    detail: str

    @classmethod
    def read(cls, subscriber: str, line: bytes) -> Self:
        """Read an entry as it is stored; fields that a newer release added are ignored."""
        at, _, facts = line.decode().partition(" ")
        written = json.loads(facts)
        times = written.get("times", 1)
        return cls(
            subscriber=subscriber,
            act=written.get("act", ""),
            by=written.get("by", ""),
            at=moment(int(at) / 1000),
            since=moment(written.get("since", 0) if times > 1 else int(at) / 1000),
            times=times,
            event_id=written.get("event", ""),
            detail=written.get("detail", ""),
        )


class Audit:
    """The audit trails of one ledger. Changes nothing; every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def of(self, subscriber: str, *, at_most: int) -> list[AuditEntry]:
        """Return the newest entries of a subscriber, at least one, the newest first."""
        lines: Any = self._redis.lrange(key("audit", subscriber), -at_most, -1)
        return [AuditEntry.read(subscriber, line) for line in reversed(lines)]

    def latest(self, *, at_most: int) -> list[AuditEntry]:
        """Return the newest entries of all subscribers, removed ones included, the newest first."""
        names = iter(self.subscribers())
        newest: list[AuditEntry] = []
        while chunk := list(islice(names, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for name in chunk:
                    pipeline.lrange(key("audit", name), -at_most, -1)
                trails: list[Any] = pipeline.execute()
            read = (AuditEntry.read(name, line) for name, trail in zip(chunk, trails, strict=True) for line in trail)
            newest = heapq.nlargest(at_most, chain(newest, read), key=lambda entry: entry.at)
        return newest

    def subscribers(self) -> list[str]:
        """Name every subscriber that has a trail, sorted; one that was removed keeps its own."""
        return sorted({name.partition("audit:")[2] for name in every_key(self._redis, "audit")})
