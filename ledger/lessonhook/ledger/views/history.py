"""Reads a subscriber's past, for a statement: what was recorded on each day, and what became of it.

Counts are kept for 400 days. Single events are known until their own retention ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self

from lessonhook.ledger.transitions.keys import key
from lessonhook.ledger.transitions.policy import COUNTS_KEPT_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis import Redis

    from lessonhook.ledger.views.event_glance import EventGlance
    from lessonhook.ledger.views.event_view import EventView
    from lessonhook.ledger.views.events import Events

_EPOCH: Final = date(1970, 1, 1)
#: Keys that are read in one round trip.
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Counts of a subscriber's events over some days. An event may be recorded on one day and delivered on another."""

    recorded: int = 0
    delivered: int = 0
    refused: int = 0
    superseded: int = 0
    expired: int = 0
    erased: int = 0
    dropped: int = 0
    #: Of those delivered: the ones that waited longer than a minute.
    late: int = 0
    #: POSTs by workers, not events.
    posts_accepted: int = 0
    posts_failed: int = 0
    #: POSTs by people, whether accepted or not.
    replayed: int = 0
    #: Of those recorded, and of those delivered: the ones that tell the past.
    backfill_recorded: int = 0
    backfill_delivered: int = 0

    @classmethod
    def read(cls, written: dict[bytes, bytes]) -> Self:
        """Read a day's hash; counts that a later release added are ignored."""
        return cls(**{field.name: int(written.get(field.name.encode(), 0)) for field in fields(cls)})

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            **{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(Counts)}
        )


class History:
    """The past of one ledger. Changes nothing; every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis", events: "Events", now: "Callable[[], datetime]") -> None:
        self._redis = redis
        self._events = events
        #: The ledger's clock.
        self._now = now

    def days(self, subscriber: str, first: date, last: date) -> Iterator[tuple[date, Counts]]:
        """Yield the counts of each day (UTC) from `first` to `last` in which anything happened."""
        # Of a million days that somebody asks for, the others have nothing. A day is left for a clock that is ahead.
        today = (self._now().date() - _EPOCH).days
        begin, end = max((first - _EPOCH).days, today - COUNTS_KEPT_DAYS), min((last - _EPOCH).days, today + 1)
        numbers = iter(range(begin, end + 1))
        while chunk := list(islice(numbers, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for number in chunk:
                    pipeline.hgetall(key("day", subscriber, str(number)))
                written: list[Any] = pipeline.execute()
            for number, counts in zip(chunk, written, strict=True):
                if counts:
                    yield _EPOCH + timedelta(days=number), Counts.read(counts)

    def recorded(self, subscriber: str, first: date, last: date) -> Iterator["EventView"]:
        """Yield the events recorded in those days (UTC) that are still known, each as it is now."""
        begin, end = _bounds(first, last)
        # No event was closed before it was recorded, so `since` excludes none of them.
        for event in self._events.of(subscriber, since=begin):
            if begin <= event.recorded <= end:
                yield event

    def recorded_glances(self, subscriber: str, first: date, last: date) -> Iterator["EventGlance"]:
        """Yield what `recorded` yields, as glances."""
        begin, end = _bounds(first, last)
        for event in self._events.glances(subscriber, since=begin):
            if begin <= event.recorded <= end:
                yield event

    def known(self, events: Iterable[tuple[str, str]]) -> Iterator[bool]:
        """Yield for each subscriber and event id whether the ledger knows the event."""
        waiting = iter(events)
        while chunk := list(islice(waiting, _AT_ONCE)):
            with self._redis.pipeline(transaction=False) as pipeline:
                for subscriber, event_id in chunk:
                    pipeline.exists(key("event", subscriber, event_id))
                yield from map(bool, pipeline.execute())


def _bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the first moment of the first day and the last one of the last day, which may be the calendar's last."""
    return datetime.combine(first, time.min, UTC), datetime.combine(last, time.max, UTC)
