"""How many subscribers have completions on a day: by that, a holiday is known, and the weeks of a long one.

Nobody need write a calendar. On a day on which fewer than half as many subscribers as usual have completions, no time
passes for a silence. A day with some fewer counts in part.
"""

from functools import cache, cached_property
from typing import Final

from lessonhook.ledger import Marks

HOURS_A_DAY: Final = 24
_DAYS_A_WEEK: Final = 7
#: A day is compared with the same weekday of this many weeks before and after it, and no others: an LMS grows.
_WEEKS_BESIDE: Final = 6
#: This share of the compared days is below what is usual, so the usual is right while most of them are holidays.
_QUARTILE: Final = 0.75
#: Below this share of the usual, a day is a holiday.
_HOLIDAY: Final = 0.5
#: Subscribers added to both counts. Three subscribers tell little about a holiday, thirty tell much.
_ADDED: Final = 3.0


class Crowd:
    """The completions of all subscribers, in counts of subscribers. Days are those since 1970 in UTC."""

    def __init__(self) -> None:
        #: How many had a completion at all.
        self.subscribers = 0
        #: For each day, how many subscribers had their first completion in each hour.
        self._first: dict[int, list[int]] = {}
        self.pace = cache(self._pace)

    def add(self, days: Marks) -> None:
        """Add a subscriber, by the marks of its hours."""
        self.subscribers += bool(days)
        for day, hours in days.items():
            counts = self._first.get(day)
            if counts is None:
                counts = self._first[day] = [0] * HOURS_A_DAY
            counts[(hours & -hours).bit_length() - 1] += 1

    def _pace(self, day: int, before_hour: int = HOURS_A_DAY) -> float:
        """Return the share of the usual number of subscribers that a day has, 0 to 1; 0 for a holiday.

        For a day that is not over, only its hours before `before_hour` count, on all compared days.
        """
        beside = (day + week * _DAYS_A_WEEK for week in range(-_WEEKS_BESIDE, _WEEKS_BESIDE + 1))
        compared = sorted(self._active(each, before_hour) for each in beside if self._begins <= each <= self._ends)
        if not compared:
            return 1.0
        usual = compared[min(len(compared) - 1, int(_QUARTILE * len(compared)))]
        share = (self._active(day, before_hour) + _ADDED) / (usual + _ADDED)
        return 0.0 if share < _HOLIDAY else min(1.0, share)

    def _active(self, day: int, before_hour: int) -> int:
        counts = self._first.get(day)
        return sum(counts[:before_hour]) if counts else 0

    @cached_property
    def _begins(self) -> int:
        return min(self._first, default=0)

    @cached_property
    def _ends(self) -> int:
        return max(self._first, default=0)
