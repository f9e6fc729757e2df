"""Looks at events: one by its id, or a subscriber's, newest first. Reads only, in bounded steps; no body unasked."""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.answers import State
from lessonhook.ledger.attempts import Attempt
from lessonhook.ledger.event_view import FIELDS, EventView, moment
from lessonhook.ledger.keys import key

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.ledger import Ledger

#: Events that are read in one round trip: some 50 kB.
_AT_ONCE: Final = 200
#: Where each state's events stand, and how many of a collection's units a microsecond is: `open` counts by when an
#: event was recorded, in microseconds, the others by when it was closed, in milliseconds.
_COLLECTIONS: Final = {
    "open": (frozenset({State.QUEUED, State.DELIVERING, State.RETRYING, State.HELD}), 1),
    "refused": (frozenset({State.REFUSED}), 1000),
    "done": (frozenset({State.DELIVERED, State.EXPIRED, State.ERASED}), 1000),
}


class Events:
    """The events of one ledger, to be looked at. Every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger
        self._redis: Redis = ledger.redis

    def get(self, subscriber: str, event_id: str) -> EventView | None:
        """Read one event; None if the ledger does not know it."""
        return next(self.read(subscriber, [event_id]), None)

    def read(self, subscriber: str, event_ids: Iterable[str]) -> Iterator[EventView]:
        """Read events of a subscriber in the order of their ids; those that are not known are left out."""
        waiting = iter(event_ids)
        shown = self._as_shown(subscriber)
        while chunk := list(islice(waiting, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for event_id in chunk:
                    pipeline.hmget(key("event", subscriber, event_id), list(FIELDS))
                    pipeline.lindex(key("attempts", subscriber, event_id), -1)
                found = pipeline.execute()
            for event_id, fields, last in zip(chunk, found[::2], found[1::2], strict=True):
                if view := EventView.read(subscriber, event_id, fields, last):
                    yield shown(view)

    def attempts(self, subscriber: str, event_id: str) -> list[Attempt]:
        """Read an event's attempts, oldest first; of one that is tried for long, the last twenty."""
        lines: Any = self._redis.lrange(key("attempts", subscriber, event_id), 0, -1)
        return [Attempt.read(line) for line in lines]

    def body(self, subscriber: str, event_id: str) -> bytes | None:
        """Read the bytes that are POSTed; None once they are gone. Raises `Undecipherable` where no key opens them."""
        stored: Any = self._redis.get(key("body", subscriber, event_id))
        return None if stored is None else self._ledger.vault.open(stored)

    def subscribers_of(self, event_id: str) -> list[str]:
        """Name the subscribers that have an event of this id: mostly one, since ids are made from the subscriber too.

        Looks among those with a subscription or undelivered events, one key each.
        """
        names = iter(self._ledger.subscribers())
        found = []
        while chunk := list(islice(names, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for name in chunk:
                    pipeline.exists(key("event", name, event_id))
                found += [name for name, there in zip(chunk, pipeline.execute(), strict=True) if there]
        return found

    def of(
        self,
        subscriber: str,
        *,
        states: Collection[State] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[EventView]:
        """Yield a subscriber's events, newest first: by when they were closed, undelivered ones by their record.

        `since` and `until` bound that moment, themselves included; `states` left out are all of them.
        """
        wanted = frozenset(states or State)
        streams = [
            self._walk(subscriber, collection, scale, since, until)
            for collection, (held, scale) in _COLLECTIONS.items()
            if held & wanted
        ]
        # An event that is closed between two steps is met twice.
        seen: set[str] = set()
        newest_first = (event_id for _, event_id in heapq.merge(*streams, reverse=True))
        for view in self.read(subscriber, newest_first):
            if view.state in wanted and view.event_id not in seen:
                seen.add(view.event_id)
                yield view

    def _as_shown(self, subscriber: str) -> Callable[[EventView], EventView]:
        """Answer what makes of a retry that came due in a lane that stands still a held event, as the status has it."""
        lane = self._ledger.status(subscriber)
        if lane.subscribed and not lane.paused:
            return lambda view: view
        seconds, microseconds = self._redis.time()
        now = moment(seconds * 1000 + microseconds / 1000 + self._ledger.clock_ahead_ms)
        return lambda view: replace(view, state=State.HELD, due=None) if view.due and view.due <= now else view

    def _walk(
        self, subscriber: str, collection: str, scale: int, since: datetime | None, until: datetime | None
    ) -> Iterator[tuple[float, str]]:
        """Yield moments, in microseconds, and ids of one collection, newest first."""
        lowest = "-inf" if since is None else f"{since.timestamp() * 1e6 / scale:.0f}"
        highest = "+inf" if until is None else f"{until.timestamp() * 1e6 / scale:.0f}"
        passed = 0
        while True:
            found: Any = self._redis.zrange(
                key(collection, subscriber),
                highest,
                lowest,
                desc=True,
                byscore=True,
                offset=passed,
                num=_AT_ONCE,
                withscores=True,
            )
            for member, score in found:
                yield score * scale, member.decode()
            if len(found) < _AT_ONCE:
                return
            # On from the last score and not by a growing offset: events come and go at the new end meanwhile.
            last = found[-1][1]
            again = sum(score == last for _, score in found)
            passed = passed + again if highest == f"{last:.0f}" else again
            highest = f"{last:.0f}"
