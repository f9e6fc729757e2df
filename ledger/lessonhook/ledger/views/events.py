"""Reads events: one by its id, or those of a subscriber, newest first. Every read is bounded."""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from redis.exceptions import TimeoutError as RedisTimeoutError

from lessonhook.config import try_again_in_time
from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.transitions.results import State
from lessonhook.ledger.views.attempts import Attempt
from lessonhook.ledger.views.event_glance import GLANCE_FIELDS, EventGlance
from lessonhook.ledger.views.event_view import FIELDS, EventView
from lessonhook.ledger.views.found_by import SHORTEST_BEGINNING, ask_for_beginning, learner_and_lesson, recorded_for

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.redis.vault import Vault
    from lessonhook.ledger.views.lanes import Lanes

#: Events that are read in the first round trip of a walk, because most callers want no more: some 50 kB.
_AT_ONCE: Final = 200
#: Each round trip asks for twice as many as the one before, up to so many times the first, because on a busy machine
#: a walk waits for its turn in each. Redis replies to other clients between the commands of one.
_GROWTH: Final = 5
#: Tries of a read of which others came before. With the time limit of one reply, a Redis that hangs is seen in seconds.
_TRIES_ON_THE_WAY: Final = 5
#: The collections, each with the states of its events and the microseconds of one unit of its score. The score in
#: `open` and `backfill-open` is when an event was recorded, in microseconds; in the others it is when it was closed, in
#: milliseconds.
_COLLECTIONS: Final = {
    "open": (frozenset({State.QUEUED, State.DELIVERING, State.RETRYING, State.HELD}), 1),
    "backfill-open": (frozenset({State.QUEUED, State.DELIVERING, State.RETRYING, State.HELD}), 1),
    "refused": (frozenset({State.REFUSED}), 1000),
    "done": (frozenset({State.DELIVERED, State.SUPERSEDED, State.EXPIRED, State.ERASED, State.DROPPED}), 1000),
}

_CLOCKS_DIFFER: Final = timedelta(minutes=1)
#: An event as it is read, whole or at a glance.
Seen = TypeVar("Seen", EventView, EventGlance)
#: Where an event stands among those of its subscriber: a time in microseconds, and its id.
Place = tuple[float, str]


class _Patient:
    """Makes the reads of a walk: the first once, each later one again if its reply is late, as in a walk of minutes."""

    def __init__(self) -> None:
        self._tries = 1

    def __call__(self, read: Callable[[], Any]) -> Any:
        """Return what was read. Raises the error of the last try."""
        for _ in range(self._tries - 1):
            with suppress(RedisTimeoutError):
                return read()
            try_again_in_time()
        found = read()
        self._tries = _TRIES_ON_THE_WAY
        return found


def _sizes() -> Iterator[int]:
    """Yield how many events each round trip of a walk asks for."""
    times = 1
    while True:
        yield _AT_ONCE * times
        times = min(2 * times, _GROWTH)


class Events:
    """The events of one ledger. Changes nothing; every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis", vault: "Vault", lanes: "Lanes") -> None:
        self._redis = redis
        self._vault = vault
        self._lanes = lanes

    def get(self, subscriber: str, event_id: str) -> EventView | None:
        """Read one event; return None if the ledger does not know it."""
        return next(self.read(subscriber, [event_id]), None)

    def read(self, subscriber: str, event_ids: Iterable[str]) -> Iterator[EventView]:
        """Yield events of a subscriber in the order of the ids given; unknown ids are left out."""
        shown = self._as_shown(subscriber)
        for chunk, found in self._in_chunks(event_ids, partial(self._fields_of, subscriber)):
            for event_id, fields, last in zip(chunk, found[::2], found[1::2], strict=True):
                if view := EventView.of(subscriber, event_id, fields, last):
                    yield shown(view)

    def _glances(self, subscriber: str, event_ids: Iterable[str]) -> Iterator[EventGlance]:
        shown = self._as_shown(subscriber)
        for chunk, found in self._in_chunks(event_ids, partial(self._few_fields_of, subscriber)):
            for event_id, fields in zip(chunk, found, strict=True):
                if glance := EventGlance.read(subscriber, event_id, fields):
                    yield shown(glance)

    @staticmethod
    def _in_chunks(
        event_ids: Iterable[str], read: Callable[[list[str]], list[Any]]
    ) -> Iterator[tuple[list[str], list[Any]]]:
        """Yield ids, and what was read of them in one round trip."""
        waiting = iter(event_ids)
        ask = _Patient()
        for size in _sizes():
            if not (chunk := list(islice(waiting, size))):
                return
            yield chunk, ask(partial(read, chunk))

    def _few_fields_of(self, subscriber: str, event_ids: Iterable[str]) -> list[Any]:
        # Without `hmget` and a key for each, because their own work would be a sixth of the walk.
        beginning = key("event", subscriber, "")
        pipeline: Any  # redis-py has no types for such a command
        with self._redis.pipeline(transaction=False) as pipeline:
            for event_id in event_ids:
                pipeline.execute_command("HMGET", beginning + event_id, *GLANCE_FIELDS)
            replies: list[Any] = pipeline.execute()
            return replies

    def _fields_of(self, subscriber: str, event_ids: Iterable[str]) -> list[Any]:
        """Read, for each event, its fields and its last attempt in turns."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for event_id in event_ids:
                pipeline.hmget(key("event", subscriber, event_id), list(FIELDS))
                pipeline.lindex(key("attempts", subscriber, event_id), -1)
            return pipeline.execute()

    def beginning_with(self, subscriber: str, beginning: str, *, at_most: int) -> list[str]:
        """Return the ids of the subscriber's events that begin so, sorted; none for fewer than four characters."""
        if len(beginning) < SHORTEST_BEGINNING:
            return []
        return [member.decode() for member in ask_for_beginning(self._redis, subscriber, beginning, at_most=at_most)]

    def attempts(self, subscriber: str, event_id: str) -> list[Attempt]:
        """Read an event's attempts, oldest first; only the last twenty are kept."""
        lines: Any = self._redis.lrange(key("attempts", subscriber, event_id), 0, -1)
        return [Attempt.read(line) for line in lines]

    def body(self, subscriber: str, event_id: str) -> bytes | None:
        """Read the bytes that are POSTed; None once they are gone. Raises `Undecipherable` if they must not be read."""
        stored: Any = self._redis.get(key("body", subscriber, event_id))
        return None if stored is None else self.open_body(subscriber, event_id, stored)

    def open_body(self, subscriber: str, event_id: str, stored: bytes) -> bytes:
        """Return the bytes to POST of a body as it is stored, which a `Delivery` carries."""
        return self._vault.open(stored, key("body", subscriber, event_id))

    def subscribers_of(self, event_id: str) -> list[str]:
        """Name the subscribers that have an event of this id: mostly one, because the id depends on the subscriber.

        Only those with a subscription or undelivered events are asked for, one key each.
        """
        names = iter(self._lanes.subscribers())
        found = []
        while chunk := list(islice(names, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for name in chunk:
                    pipeline.exists(key("event", name, event_id))
                found += [name for name, there in zip(chunk, pipeline.execute(), strict=True) if there]
        return found

    def subscribers_with(self, sought: str) -> list[str]:
        """Name the subscribers that have a learner or a lesson of this id, or an event whose id begins so."""
        kinds = [("event", sought), *learner_and_lesson(sought)]
        may_begin = len(sought) >= SHORTEST_BEGINNING
        names = iter(self._lanes.subscribers())
        found = []
        while chunk := list(islice(names, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for name in chunk:
                    pipeline.exists(*(key(kind, name, last) for kind, last in kinds))
                    if may_begin:
                        ask_for_beginning(pipeline, name, sought, at_most=1)
                replies = iter(pipeline.execute())
            # Both replies are read for each name.
            there = [(next(replies), next(replies) if may_begin else None) for _ in chunk]
            found += [name for name, each in zip(chunk, there, strict=True) if any(each)]
        return found

    def of(
        self,
        subscriber: str,
        *,
        states: Collection[State] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        learner: str | None = None,
        lesson: str | None = None,
        after: Place | None = None,
    ) -> Iterator[EventView]:
        """Yield a subscriber's events, newest first: by the time of closing, undelivered ones by the time of recording.

        `since` and `until` limit that time, both included. Without `states`, events of all states are yielded.
        With a learner or a lesson, as the LMS gave their ids, that time is the time of recording for all events.
        `after` is the place of the last event of an earlier read, to go on behind it.
        """
        first, last = _microseconds(since), _microseconds(until)
        if after is not None:
            last = after[0] if last is None else min(last, after[0])
        if learner or lesson:
            streams = [recorded_for(self._redis, subscriber, learner=learner, lesson=lesson, window_us=(first, last))]
        else:
            streams = self._streams(subscriber, states, first, last)
        merged = heapq.merge(*streams, reverse=True)
        newest_first = (event_id for at, event_id in merged if after is None or (at, event_id) < after)
        yield from self._wanted(self.read(subscriber, newest_first), states)

    def glances(
        self,
        subscriber: str,
        *,
        states: Collection[State] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[EventGlance]:
        """Yield what `of` yields, as glances: for very many events, of which only the state and the times matter."""
        streams = self._streams(subscriber, states, _microseconds(since), _microseconds(until))
        newest_first = (event_id for _, event_id in heapq.merge(*streams, reverse=True))
        yield from self._wanted(self._glances(subscriber, newest_first), states)

    def _streams(
        self, subscriber: str, states: Collection[State], first: float | None, last: float | None
    ) -> list[Iterator[Place]]:
        """Return a walk through each collection that may have events in these states."""
        wanted = frozenset(states or State)
        return [
            self._walk(subscriber, collection, scale, first, last)
            for collection, (held, scale) in _COLLECTIONS.items()
            if held & wanted
        ]

    def _wanted(self, views: Iterator[Seen], states: Collection[State]) -> Iterator[Seen]:
        """Yield the views in these states, each event once."""
        wanted = frozenset(states or State)
        # An event that is closed between two reads is found twice. Only those are remembered, because a walk over a
        # million events would remember as many ids. Clocks of a failed-over server may differ by a minute.
        changing_since = self._lanes.now() - _CLOCKS_DIFFER
        seen: set[str] = set()
        for view in views:
            if view.state in wanted and view.event_id not in seen:
                if view.closed is not None and view.closed >= changing_since:
                    seen.add(view.event_id)
                yield view

    def _as_shown(self, subscriber: str) -> Callable[[Seen], Seen]:
        """Return a function that shows a due retry of a stopped lane as held, because the status counts it so."""
        lane = self._lanes.status(subscriber)
        if lane.subscribed and not lane.paused:
            return lambda view: view
        now = self._lanes.now()
        return lambda view: replace(view, state=State.HELD, due=None) if view.due and view.due <= now else view

    def _walk(
        self, subscriber: str, collection: str, scale: int, first: float | None, last: float | None
    ) -> Iterator[Place]:
        """Yield the place of each event of one collection, newest first; `first` and `last` are in microseconds."""
        lowest = "-inf" if first is None else f"{first / scale:.0f}"
        highest = "+inf" if last is None else f"{last / scale:.0f}"
        passed = 0
        ask = _Patient()
        for size in _sizes():
            found: Any = ask(
                partial(
                    self._redis.zrange,
                    key(collection, subscriber),
                    highest,
                    lowest,
                    desc=True,
                    byscore=True,
                    offset=passed,
                    num=size,
                    withscores=True,
                )
            )
            for member, score in found:
                yield score * scale, member.decode()
            if len(found) < size:
                return
            # The next read begins at the last score and not at a growing offset: events come and go at the new end.
            end = found[-1][1]
            again = sum(score == end for _, score in found)
            passed = passed + again if highest == f"{end:.0f}" else again
            highest = f"{end:.0f}"


def place_of(view: EventView, *, by_recording: bool) -> Place:
    """Return the place of an event in `Events.of`; `by_recording` is for a read by learner or lesson."""
    when = view.recorded if by_recording or view.closed is None else view.closed
    return round(when.timestamp() * 1e6), view.event_id


def _microseconds(when: datetime | None) -> float | None:
    return None if when is None else when.timestamp() * 1e6
