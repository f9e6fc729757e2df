"""Reads when completions were recorded, in marks of a bit each: the hours of a subscriber, the five minutes of all.

`lua/fresh.lua` sets the marks. A week begins on a Monday at midnight (UTC), and a week's marks are kept for 21 weeks.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.transitions.keys import SHARDS, key, published_key

if TYPE_CHECKING:
    from redis import Redis

HOURS_A_DAY: Final = 24
#: Slots are five minutes.
SLOTS_A_DAY: Final = 288
SLOT_MS: Final = 300_000
HOUR_MS: Final = 3_600_000
_DAYS_A_WEEK: Final = 7
#: 1970 began on a Thursday, three days after the beginning of its week.
_FIRST_WEEKDAY: Final = 3
#: The weeks that are kept, without the present one.
_WEEKS_BACK: Final = 20
#: Redis numbers the bits of a byte from the highest one, Python's integers from the lowest one.
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
#: Subscribers that are read in one round trip.
_AT_ONCE: Final = 200

#: The days (since 1970, in UTC) with a mark, and their marks: the lowest bit is that of the first hour or slot.
Marks = Mapping[int, int]


def weekday(day: int) -> int:
    """Return the day of the week of a day since 1970: 0 for a Monday."""
    return (day + _FIRST_WEEKDAY) % _DAYS_A_WEEK


class Rhythms:
    """When completions were recorded. Changes nothing; every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def hours(self, subscribers: Sequence[str], now_ms: int) -> Iterator[tuple[str, Marks]]:
        """Yield for each subscriber in which hours something was recorded; hundreds in a round trip."""
        weeks = _weeks(now_ms)
        for first in range(0, len(subscribers), _AT_ONCE):
            chunk = subscribers[first : first + _AT_ONCE]
            replies = self._read([[key("hours", subscriber, str(week)) for week in weeks] for subscriber in chunk])
            for subscriber, stored in zip(chunk, replies, strict=True):
                yield subscriber, _marks(weeks, stored, HOURS_A_DAY)

    def slots(self, now_ms: int) -> Marks:
        """Return in which five minutes something was recorded, of any subscriber."""
        weeks = _weeks(now_ms)
        found: dict[int, int] = {}
        for stored in self._read([[published_key(shard, week) for week in weeks] for shard in range(SHARDS)]):
            for day, slots in _marks(weeks, stored, SLOTS_A_DAY).items():
                found[day] = found.get(day, 0) | slots
        return found

    def last_recorded_ms(self, subscribers: Sequence[str]) -> dict[str, int]:
        """Return when each subscriber's last completion was recorded; 0 if none ever was."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for subscriber in subscribers:
                pipeline.hget(key("lane", subscriber), "last_recorded_us")
            replies: list[Any] = pipeline.execute()
        return {name: int(reply or 0) // 1000 for name, reply in zip(subscribers, replies, strict=True)}

    def _read(self, groups: Sequence[Sequence[str]]) -> Iterator[list[bytes | None]]:
        """Yield the values of each group of keys, all in one round trip; MGET is not for a Cluster's pipelines."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for names in groups:
                for name in names:
                    pipeline.get(name)
            values = iter(pipeline.execute())
        for names in groups:
            yield list(islice(values, len(names)))


def _weeks(now_ms: int) -> range:
    present = (now_ms // (HOURS_A_DAY * HOUR_MS) + _FIRST_WEEKDAY) // _DAYS_A_WEEK
    return range(present - _WEEKS_BACK, present + 1)


def _marks(weeks: range, stored: Sequence[bytes | None], marks_a_day: int) -> dict[int, int]:
    bytes_a_day = marks_a_day // 8
    found = {}
    for week, written in zip(weeks, stored, strict=True):
        if not written:
            continue
        marks = written.translate(_REVERSED)
        monday = week * _DAYS_A_WEEK - _FIRST_WEEKDAY
        for number in range(_DAYS_A_WEEK):
            of_day = int.from_bytes(marks[number * bytes_a_day : (number + 1) * bytes_a_day], "little")
            if of_day:
                found[monday + number] = of_day
    return found
