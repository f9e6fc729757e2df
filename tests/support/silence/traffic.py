"""Made-up completions over more than a year, with public holidays, terms, days off and summer time.

Subscribers are of kinds that real ones have. All of it follows from a seed.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from lessonhook.ledger import weekday
from lessonhook.worker.silence.lms_silence import SLOTS_A_DAY

_EPOCH: Final = date(1970, 1, 1)
#: A Wednesday.
BEGIN: Final = date(2025, 1, 1)
END: Final = date(2026, 6, 30)
FIRST_DAY: Final = (BEGIN - _EPOCH).days
LAST_DAY: Final = (END - _EPOCH).days
_WORKDAYS: Final = range(5)
#: Of Berlin, for two years.
_HOLIDAYS: Final = frozenset(
    (date.fromisoformat(each) - _EPOCH).days
    for each in (
        *("2025-01-01", "2025-03-08", "2025-04-18", "2025-04-21", "2025-05-01", "2025-05-29", "2025-06-09"),
        *("2025-10-03", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01"),
        *("2026-05-14", "2026-05-25"),
    )
)
#: Between the years most companies are closed.
_BETWEEN_THE_YEARS: Final = frozenset(
    day
    for first in (date(2024, 12, 24), date(2025, 12, 24))
    for day in range((first - _EPOCH).days, (first - _EPOCH).days + 9)
)
_TERM_BREAKS: Final = tuple(
    tuple(
        range((date.fromisoformat(first) - _EPOCH).days, (date.fromisoformat(last) - _EPOCH).days + 1)
        for first, last in breaks
    )
    for breaks in (
        (
            ("2025-02-03", "2025-02-08"), ("2025-04-14", "2025-04-25"), ("2025-07-24", "2025-09-06"),
            ("2025-10-20", "2025-11-01"), ("2025-12-22", "2026-01-02"), ("2026-02-02", "2026-02-07"),
            ("2026-03-30", "2026-04-10"),
        ),
        (
            ("2025-03-03", "2025-03-07"), ("2025-04-14", "2025-04-25"), ("2025-08-01", "2025-09-15"),
            ("2025-11-03", "2025-11-07"), ("2025-12-22", "2026-01-05"), ("2026-02-16", "2026-02-20"),
            ("2026-03-30", "2026-04-10"),
        ),
    )
)  # fmt: skip
#: Share of the subscribers that work on a public holiday.
_WORKS_ON_HOLIDAYS: Final = 0.05
_WORKS_BETWEEN_THE_YEARS: Final = 0.2


class Kind(StrEnum):
    """What a subscriber is like."""

    OFFICE = "office hours, random"
    TINY = "two completions a week"
    CLASSES = "a class every few weeks"
    WEEKLY = "a class each week"
    SCHOOL = "a school with terms"


@dataclass(frozen=True)
class MadeUp:
    """One subscriber's completions: for each day the marks of its hours."""

    kind: Kind
    days: dict[int, int] = field(default_factory=dict)

    def until(self, day: int, hour: int) -> dict[int, int]:
        """Return what the ledger has at an hour: no future, and nothing that is older than 20 weeks."""
        first = day - weekday(day) - 20 * 7
        seen = {each: hours for each, hours in self.days.items() if first <= each < day}
        if today := self.days.get(day, 0) & ((1 << hour) - 1):
            seen[day] = today
        return seen


def made_up(kind: Kind, seed: str) -> MadeUp:
    """Make up one subscriber."""
    chance = random.Random(f"{kind} {seed}")
    made = MadeUp(kind)
    for day, hours in _KINDS[kind](chance):
        if hours:
            made.days[day] = hours
    return made


def _days(chance: random.Random) -> Iterator[int]:
    """Yield the days on which a company may work: no holiday, and none of those that it takes off alone."""
    works_on_holidays = chance.random() < _WORKS_ON_HOLIDAYS
    works_between = chance.random() < _WORKS_BETWEEN_THE_YEARS
    # Two single days a year of its own, and a bridge of two days once.
    own = {day for day in range(FIRST_DAY, LAST_DAY) if chance.random() < 2 / 260}
    bridge = chance.randrange(FIRST_DAY, LAST_DAY)
    own |= {bridge, bridge + 1}
    for day in range(FIRST_DAY, LAST_DAY):
        is_free = (day in _HOLIDAYS and not works_on_holidays) or (day in _BETWEEN_THE_YEARS and not works_between)
        if not is_free and day not in own:
            yield day


def _hours(chance: random.Random, day: int, per_hour: float, first: int = 8, last: int = 17) -> int:
    """Return marks of hours of an office, in which completions come at random; less at noon."""
    marks = 0
    shift = _hours_from_utc(day)
    for hour in range(first, last):
        rate = per_hour * (0.4 if hour == 12 else 1.0)
        if chance.random() < 1 - math.exp(-rate):
            marks |= 1 << (hour - shift)
    return marks


def _hours_from_utc(day: int) -> int:
    """Return how far the clocks of Berlin are ahead."""
    when = _EPOCH + timedelta(days=day)
    return 2 if (when.month, when.day) >= (3, 30) and (when.month, when.day) < (10, 26) else 1


def _office(chance: random.Random) -> Iterator[tuple[int, int]]:
    per_hour = 10 ** chance.uniform(-1, 1)
    for day in _days(chance):
        if weekday(day) in _WORKDAYS:
            yield day, _hours(chance, day, per_hour)


def _tiny(chance: random.Random) -> Iterator[tuple[int, int]]:
    for day in _days(chance):
        if weekday(day) in _WORKDAYS:
            yield day, _hours(chance, day, 2 / 43)


def _classes(chance: random.Random) -> Iterator[tuple[int, int]]:
    """Give a class of one to three days, and the next one weeks later: some are near, some far (a heavy tail)."""
    next_class = FIRST_DAY + chance.randrange(14)
    left = 0
    for day in _days(chance):
        if day >= next_class and left == 0:
            left = chance.randint(1, 3)
            next_class = day + left + round(min(45, 5 * chance.paretovariate(1.5)))
        if left and weekday(day) in _WORKDAYS:
            left -= 1
            yield day, _hours(chance, day, 3, 14, 17)


def _weekly(chance: random.Random) -> Iterator[tuple[int, int]]:
    """Give a class on one or two days of each week; one in ten is cancelled."""
    on = chance.sample(_WORKDAYS, chance.randint(1, 2))
    for day in _days(chance):
        if weekday(day) in on and chance.random() > 0.1:
            yield day, _hours(chance, day, 4, 10, 13)


def _school(chance: random.Random) -> Iterator[tuple[int, int]]:
    breaks = {day for each in _TERM_BREAKS[chance.randrange(2)] for day in each}
    per_hour = 10 ** chance.uniform(-0.5, 0.7)
    for day in _days(chance):
        if weekday(day) in _WORKDAYS and day not in breaks:
            yield day, _hours(chance, day, per_hour, 8, 14)


_KINDS: Final[dict[Kind, Callable[[random.Random], Iterator[tuple[int, int]]]]] = {
    Kind.OFFICE: _office,
    Kind.TINY: _tiny,
    Kind.CLASSES: _classes,
    Kind.WEEKLY: _weekly,
    Kind.SCHOOL: _school,
}


def day_of(when: str) -> int:
    """Return the number of a day, such as 2025-06-30."""
    return (datetime.fromisoformat(when).replace(tzinfo=UTC).date() - _EPOCH).days


class Lms(StrEnum):
    """What an LMS is like as a whole."""

    BUSY = "a completion a minute, day and night and weekends less"
    OFFICE = "30 an hour in office hours, few on weekends"
    SMALL = "8 an hour in office hours, none on weekends"


def made_up_lms(kind: Lms, seed: str) -> dict[int, int]:
    """Make up the completions of a whole LMS: for each day the marks of its five minutes."""
    chance = random.Random(f"{kind} {seed}")
    found = {}
    for day in range(FIRST_DAY, LAST_DAY):
        is_holiday = day in _HOLIDAYS or day in _BETWEEN_THE_YEARS
        marks = 0
        for slot in range(SLOTS_A_DAY):
            hour = (slot // 12 + _hours_from_utc(day)) % 24
            rate = _lms_rate(kind, hour, is_weekend=weekday(day) not in _WORKDAYS, is_holiday=is_holiday)
            # Learners of a class complete a lesson within minutes: more slots are silent than by chance alone.
            if chance.random() < 1 - math.exp(-rate / 12 / 2):
                marks |= 1 << slot
        if marks:
            found[day] = marks
    return found


def _lms_rate(kind: Lms, hour: int, *, is_weekend: bool, is_holiday: bool) -> float:
    """Return the completions an hour at an hour of a day."""
    busiest, at_night, on_weekends = {Lms.BUSY: (60, 6, 20), Lms.OFFICE: (30, 0.3, 1), Lms.SMALL: (8, 0, 0)}[kind]
    by_day = 8 <= hour < 17
    if is_weekend or is_holiday:
        return float(on_weekends if 8 <= hour < 22 else at_night)
    return float(
        busiest * (0.5 if hour == 12 else 1) if by_day else max(at_night, busiest / 20 if 6 <= hour < 22 else 0)
    )
