"""Judges the silence of one subscriber by its own weeks before it. A pure function of marks, the crowd and the time.

The unit is a day, because completions of one day depend on each other: a class that is cancelled takes all of its hours
along. For each weekday it is learned how often the day was silent, or was silent until this hour, or after that one.
Then a silence is compared with those between the days with completions before it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from lessonhook.ledger import Marks, weekday
from lessonhook.worker.silence.crowd import HOURS_A_DAY, Crowd
from lessonhook.worker.silence.rarity import FEWEST_WEEKS, MOST_WEEKS, Tail, surprise

_DAYS_A_WEEK: Final = 7
_WHOLE_DAY: Final = (1 << HOURS_A_DAY) - 1
#: With fewer days with completions there is no habit that could be broken.
_FEWEST_DAYS: Final = 6
#: A silence that began today or yesterday is judged by nobody: each subscriber may take a day off.
SOONEST_DAYS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How unusual a silence is."""

    #: The last hour with a completion, since 1970 in UTC.
    last_hour: int
    #: The silence in surprise, see `rarity`.
    surprise: float
    #: How often in a year so long a silence is to be expected.
    per_year: float


def judge(days: Marks, now_hour: int, crowd: Crowd) -> Judged | None:
    """Judge the silence of a subscriber up to the beginning of an hour (since 1970, in UTC).

    Return None if it is too short for any alarm, or if there is no habit to compare it with.
    """
    today, hour = divmod(now_hour, HOURS_A_DAY)
    last = max(days, default=today)
    if today - last < SOONEST_DAYS:
        return None
    first = last - MOST_WEEKS * _DAYS_A_WEEK
    active = sorted(day for day in days if day >= first)
    weeks = (last - active[0]) / _DAYS_A_WEEK
    if len(active) < _FEWEST_DAYS or weeks < FEWEST_WEEKS:
        return None
    habit = _Habit(days, active, crowd)
    silence = habit.after_last_hour(last) + habit.between(last, today) + habit.before(today, hour)
    tail = Tail.of(list(habit.silences()), weeks, at_least=habit.day_off)
    last_hour = last * HOURS_A_DAY + days[last].bit_length() - 1
    return Judged(last_hour=last_hour, surprise=silence, per_year=tail.per_year(silence))


class _Habit:
    """What was learned of each weekday."""

    def __init__(self, days: Marks, active: list[int], crowd: Crowd) -> None:
        self._days = days
        self._active = active
        self._crowd = crowd
        #: What was asked for before: most days begin and end in the same hours.
        self._known: dict[tuple[int, int], float] = {}
        self._seen: dict[int, list[int]] = defaultdict(list)
        # The first and the last day have completions by their choice, so they are no sample.
        for day in range(active[0] + 1, active[-1]):
            if crowd.pace(day):
                self._seen[weekday(day)].append(days.get(day, 0))
        self._whole_days = [self._surprise(each, _WHOLE_DAY) for each in range(_DAYS_A_WEEK)]

    @property
    def day_off(self) -> float:
        """The surprise of one silent day, on the weekday on which it surprises most."""
        return max(self._whole_days)

    def silences(self) -> Iterator[float]:
        """Yield the surprise of each silence between two days with completions."""
        for before, after in pairwise(self._active):
            first_hour = (self._days[after] & -self._days[after]).bit_length() - 1
            yield self.after_last_hour(before) + self.between(before, after) + self.before(after, first_hour)

    def after_last_hour(self, day: int) -> float:
        """Return the surprise of a day's hours after its last completion."""
        begun = (1 << self._days[day].bit_length()) - 1
        return self._surprise(weekday(day), _WHOLE_DAY & ~begun)

    def between(self, before: int, after: int) -> float:
        """Return the surprise of the whole days between two days."""
        return sum(self._crowd.pace(day) * self._whole_days[weekday(day)] for day in range(before + 1, after))

    def before(self, day: int, hour: int) -> float:
        """Return the surprise of a day's hours before an hour."""
        if not hour:
            return 0.0
        return self._crowd.pace(day, hour) * self._surprise(weekday(day), (1 << hour) - 1)

    def _surprise(self, of_weekday: int, hours: int) -> float:
        known = self._known.get((of_weekday, hours))
        if known is None:
            seen = self._seen[of_weekday]
            known = surprise(sum(not marks & hours for marks in seen), len(seen)) if hours and seen else 0.0
            self._known[of_weekday, hours] = known
        return known
