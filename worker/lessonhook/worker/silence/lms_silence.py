"""Judges a silence of the whole LMS, in slots of five minutes. A pure function of marks and the time.

On a day that began as usual, a silence of minutes may be unusual. A silence that began in the night may be a public
holiday, and no other company tells whether it is. So until the LMS has published something, a day counts as the
quietest weekday, such as a Sunday; from the third working day in a row on, it counts as what it is.
"""

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Final

from lessonhook.ledger import Marks, weekday
from lessonhook.worker.silence.rarity import FEWEST_WEEKS, MOST_WEEKS, Tail, surprise

_DAYS_A_WEEK: Final = 7
_HOURS_A_DAY: Final = 24
SLOTS_A_DAY: Final = 288
_SLOTS_AN_HOUR: Final = 12
#: No shorter silence is reported, however busy the LMS is: half an hour.
_SHORTEST_SLOTS: Final = 6
#: A weekday on which most days have fewer slots with completions than this is no working day.
_WORKING_DAY_SLOTS: Final = 6
#: A day with less than this share of the usual slots is a holiday. Nothing is learned from it.
_HOLIDAY: Final = 0.5
_QUARTILE: Final = 0.75
#: What came in these hours before a silence tells whether the day is a usual one. With a smaller share of the usual
#: slots than this, it is not.
_HOURS_BEFORE: Final = 3
_AS_USUAL: Final = 0.75
#: Working days in a row that may be silent, as holidays are.
_DAYS_OFF: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLms:
    """How unusual a silence of the whole LMS is."""

    #: The last slot with a completion, since 1970 in UTC.
    last_slot: int
    #: The silence in surprise, see `rarity`.
    surprise: float
    #: How often in a year so long a silence is to be expected.
    per_year: float
    #: Slots that usually have a completion in such a time.
    expected: float


class LmsRhythm:
    """What was learned of an LMS up to a day. It holds for that day, and for the silence that begins in it."""

    def __init__(self, days: Marks, last_day: int) -> None:
        first = last_day - MOST_WEEKS * _DAYS_A_WEEK
        self._days = {day: slots for day, slots in days.items() if first <= day <= last_day}
        self._last_day = last_day
        self._first_day = min(self._days, default=last_day)
        self._usual = [self._usual_slots(each) for each in range(_DAYS_A_WEEK)]
        by_hour = [self._learned(each) for each in range(_DAYS_A_WEEK)]
        # The next hours count too, because an LMS lives by a clock that is put forward and back by an hour each year.
        self._surprises = [
            [min(hours[max(0, hour - 1) : hour + 2]) for hour in range(_HOURS_A_DAY)] for hours in by_hour
        ]
        self._quietest = [min(hours[hour] for hours in self._surprises) for hour in range(_HOURS_A_DAY)]

    @property
    def weeks(self) -> float:
        """The weeks that were learned from."""
        return (self._last_day - self._first_day) / _DAYS_A_WEEK

    def judge(self, last_slot: int, now_slot: int) -> JudgedLms | None:
        """Judge the silence from a slot of `last_day` to the beginning of another one; None if it is of no interest."""
        if now_slot - last_slot <= _SHORTEST_SLOTS or self.weeks < FEWEST_WEEKS:
            return None
        surprises = list(self._surprise_within(last_slot, now_slot))
        return JudgedLms(
            last_slot=last_slot,
            surprise=sum(surprises),
            per_year=self._tail.per_year(sum(surprises)),
            expected=sum(1 - math.exp(-each) for each in surprises),
        )

    def _surprise_within(self, last_slot: int, now_slot: int) -> Iterator[float]:
        """Yield the surprise of each slot of a silence."""
        days_off, day = 0, last_slot // SLOTS_A_DAY
        pace = self._pace(last_slot)
        for slot in range(last_slot + 1, now_slot):
            if slot // SLOTS_A_DAY != day:
                day = slot // SLOTS_A_DAY
                days_off += self._usual[weekday(day)] >= _WORKING_DAY_SLOTS
                pace = float(days_off > _DAYS_OFF)
            hour = slot % SLOTS_A_DAY // _SLOTS_AN_HOUR
            yield max(pace * self._surprises[weekday(day)][hour], self._quietest[hour])

    def _pace(self, last_slot: int) -> float:
        """Return how many completions came in the hours before a silence, as a share of the usual ones, 1 at most.

        It is 0 if there were too few slots with completions, or too few are usual then, to tell the day from a holiday.
        Completions are not counted, but at random times so many make that share of slots that have none.
        """
        day, slot = divmod(last_slot, SLOTS_A_DAY)
        slots = min(slot + 1, _HOURS_BEFORE * _SLOTS_AN_HOUR)
        window = ((1 << slots) - 1) << (slot + 1 - slots)
        usual = sorted((marks & window).bit_count() for marks in self._complete(weekday(day)))
        middle = usual[len(usual) // 2] if usual else 0
        seen = (self._days.get(day, 0) & window).bit_count()
        if middle < _WORKING_DAY_SLOTS or seen < _AS_USUAL * middle:
            return 0.0
        return min(1.0, surprise(slots - seen, slots) / surprise(slots - middle, slots))

    def _complete(self, of_weekday: int) -> Iterator[int]:
        """Yield the marks of the days of a weekday before the last one."""
        for day in range(self._first_day, self._last_day):
            if weekday(day) == of_weekday:
                yield self._days.get(day, 0)

    def _usual_slots(self, of_weekday: int) -> int:
        counts = sorted(marks.bit_count() for marks in self._complete(of_weekday))
        return counts[min(len(counts) - 1, int(_QUARTILE * len(counts)))] if counts else 0

    def _is_holiday(self, day: int) -> bool:
        usual = self._usual[weekday(day)]
        return usual >= _WORKING_DAY_SLOTS and self._days.get(day, 0).bit_count() < _HOLIDAY * usual

    def _learned(self, of_weekday: int) -> list[float]:
        """Return how surprising a silent slot is in each hour of a weekday."""
        silent, seen = [0] * _HOURS_A_DAY, 0
        for day in range(self._first_day, self._last_day):
            if weekday(day) != of_weekday or self._is_holiday(day):
                continue
            marks = self._days.get(day, 0)
            seen += _SLOTS_AN_HOUR
            for hour in range(_HOURS_A_DAY):
                of_hour = marks >> (hour * _SLOTS_AN_HOUR) & ((1 << _SLOTS_AN_HOUR) - 1)
                silent[hour] += _SLOTS_AN_HOUR - of_hour.bit_count()
        return [surprise(each, seen) for each in silent] if seen else [0.0] * _HOURS_A_DAY

    @cached_property
    def _tail(self) -> Tail:
        """The silences of the past; those that a holiday is in are none."""
        hours = range(self._first_day * _HOURS_A_DAY, self._last_day * _HOURS_A_DAY)
        until = [0.0, *accumulate(self._of_hour(hour) * _SLOTS_AN_HOUR for hour in hours)]
        slots = [
            slot
            for day in range(self._first_day, self._last_day)
            for slot in _set_bits(self._days.get(day, 0), day * SLOTS_A_DAY)
        ]
        holidays = [day for day in range(self._first_day, self._last_day) if self._is_holiday(day)]
        silences = []
        for before, after in pairwise(slots):
            next_holiday = bisect.bisect_left(holidays, before // SLOTS_A_DAY)
            if next_holiday < len(holidays) and holidays[next_holiday] <= after // SLOTS_A_DAY:
                continue
            silences.append(self._until(until, after) - self._until(until, before + 1))
        return Tail.of(silences, self.weeks)

    def _of_hour(self, hour: int) -> float:
        return self._surprises[weekday(hour // _HOURS_A_DAY)][hour % _HOURS_A_DAY]

    def _until(self, until: list[float], slot: int) -> float:
        """Return the surprise of all slots from the first day to the beginning of one."""
        hour, rest = divmod(slot - self._first_day * SLOTS_A_DAY, _SLOTS_AN_HOUR)
        return until[hour] + (rest * (until[hour + 1] - until[hour]) / _SLOTS_AN_HOUR if rest else 0.0)


def _set_bits(marks: int, first: int) -> Iterator[int]:
    while marks:
        lowest = marks & -marks
        yield first + lowest.bit_length() - 1
        marks ^= lowest
