"""How often a silence is reported falsely, and how soon a real one, on made-up completions. A measurement, not a test.

python -m tests.chaos.silence_measured [--each 10] [--lms 2]
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from typing import Final

from lessonhook.config import Settings
from tests.support.silence.lms import LmsYear
from tests.support.silence.traffic import LAST_DAY, Kind, Lms, day_of
from tests.support.silence.year import BEGINS, YEARS, days_to_report, mixed, play

_PER_YEAR: Final = Settings().quiet_false_alarms_per_year
_STOPS: Final = ("2025-05-13", "2025-06-20", "2025-10-08", "2026-03-10")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def subscribers(each: int) -> None:
    """Print a row for each kind of subscriber."""
    everyone = mixed(each)
    year = play(everyone, _PER_YEAR)
    say(f"| {'company':32} | false alarms a year | found after, half | all | not found |")
    for kind in Kind:
        found = [
            days_to_report(one, everyone, day_of(stop), _PER_YEAR)
            for one in everyone
            if one.kind is kind
            for stop in _STOPS
        ]
        _row(kind, year.alone[kind] / each / YEARS, found, "days")
    say(f"{sum(year.alone.values()) / len(everyone) / YEARS:.3f} a year over all; {year.together} notices together")


def whole(lms: int) -> None:
    """Print a row for each kind of LMS."""
    say(f"| {'LMS':60} | false alarms a year | found after, half | all | not found |")
    for kind in Lms:
        years = [LmsYear(kind, f"{number}", LAST_DAY - BEGINS) for number in range(lms)]
        alarms = sum(year.false_alarms(_PER_YEAR) for year in years)
        found = [minutes for year in years for minutes in year.minutes_to_alarm(_PER_YEAR, 20, range(8, 14))]
        _row(kind, alarms / lms / YEARS, found, "minutes")


def _row(kind: str, alarms: float, found: Sequence[int | None], unit: str) -> None:
    known = [each for each in found if each is not None]
    half, most = statistics.median(known), max(known)
    say(f"| {kind:32} | {alarms:.3f} | {half:.0f} {unit} | {most} | {len(found) - len(known)} of {len(found)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=10, help="subscribers of each kind")
    parser.add_argument("--lms", type=int, default=2, help="LMSs of each kind")
    asked = parser.parse_args()
    subscribers(asked.each)
    whole(asked.lms)
