"""Plays a year and more of a made-up LMS, judges each of its silences, and lets it fall silent at chosen moments."""

import random
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from lessonhook.ledger import weekday
from lessonhook.worker.silence.lms_silence import SLOTS_A_DAY, LmsRhythm
from tests.support.silence.traffic import Lms, made_up_lms
from tests.support.silence.year import BEGINS

_SHORTEST_SLOTS: Final = 6
_MINUTES_A_SLOT: Final = 5
_DAYS_PLAYED: Final = 7
_WORKDAYS: Final = range(5)


class LmsYear:
    """One LMS, from `BEGINS` on for some days."""

    def __init__(self, kind: Lms, seed: str, days: int) -> None:
        self._days = made_up_lms(kind, seed)
        self._last_day = BEGINS + days
        self._rhythm = lru_cache(maxsize=1)(lambda day: LmsRhythm(self._days, day))

    def false_alarms(self, per_year: float) -> int:
        """Count the silences that would have been reported, although completions came again."""
        found = 0
        for before, after in pairwise(self._slots()):
            if after - before > _SHORTEST_SLOTS:
                judged = self._rhythm(before // SLOTS_A_DAY).judge(before, after)
                found += judged is not None and judged.per_year < per_year
        return found

    def minutes_to_alarm(self, per_year: float, stops: int, hours: range) -> list[int | None]:
        """Let it stop at random moments in these hours (UTC) of working days; return when it was reported."""
        chance = random.Random("stops")
        found: list[int | None] = []
        while len(found) < stops:
            day = chance.randrange(BEGINS, self._last_day)
            slot = chance.randrange(hours.start * 12, hours.stop * 12)
            marks = self._days.get(day, 0) & ((1 << slot) - 1)
            usual = sorted(self._days.get(day - 7 * week, 0).bit_count() for week in range(1, 9))
            is_working_day = self._days.get(day, 0).bit_count() > usual[4] / 2
            if weekday(day) in _WORKDAYS and is_working_day and marks:
                found.append(self._minutes(per_year, day, slot, marks))
        return found

    def _minutes(self, per_year: float, day: int, slot: int, marks: int) -> int | None:
        known = {each: of_day for each, of_day in self._days.items() if each < day} | {day: marks}
        rhythm, last = LmsRhythm(known, day), day * SLOTS_A_DAY + marks.bit_length() - 1
        stopped = day * SLOTS_A_DAY + slot
        for now in range(stopped, stopped + _DAYS_PLAYED * SLOTS_A_DAY):
            judged = rhythm.judge(last, now)
            if judged is not None and judged.per_year < per_year:
                return (now - stopped) * _MINUTES_A_SLOT
        return None

    def _slots(self) -> Iterator[int]:
        for day in range(BEGINS, self._last_day):
            marks = self._days.get(day, 0)
            yield from (day * SLOTS_A_DAY + slot for slot in range(SLOTS_A_DAY) if marks >> slot & 1)
