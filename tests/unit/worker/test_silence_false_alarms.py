"""False alarms are bounded and real silences are found in time: on made-up completions, with holidays and terms.

`docs/quiet.md` states what holds here. `python -m tests.chaos.silence_measured` measures more of it.
"""

import statistics

import pytest

from lessonhook.config import Settings
from lessonhook.ledger import weekday
from tests.support.silence.lms import LmsYear
from tests.support.silence.traffic import Kind, Lms, MadeUp, day_of, made_up
from tests.support.silence.year import YEARS, days_to_report, mixed, play

PER_YEAR = Settings().quiet_false_alarms_per_year
_EACH = 4
#: What the page states: for each kind of subscriber, and over all.
_WORST_PER_YEAR = 0.1
#: Days until a subscriber that stopped is reported: half of them, and all of them.
_FOUND = {Kind.OFFICE: (7, 21), Kind.TINY: (49, 77), Kind.WEEKLY: (42, 98), Kind.SCHOOL: (21, 28)}


@pytest.fixture(scope="module")
def subscribers() -> list[MadeUp]:
    """Return some of each kind."""
    return mixed(_EACH)


def test_hardly_a_subscriber_is_reported_that_did_not_stop(subscribers: list[MadeUp]) -> None:
    """Over more than a year with public holidays, terms and days off. Terms are one notice for a region's schools."""
    year = play(subscribers, PER_YEAR)
    assert sum(year.alone.values()) <= _WORST_PER_YEAR * len(subscribers) * YEARS
    assert year.together <= 12


def _moved_to_wednesdays(seed: str, since: int) -> MadeUp:
    """Make up a company that works on all days until one, and from then on has a class each Wednesday."""
    daily = made_up(Kind.OFFICE, seed)
    wednesday = 2
    days = {day: hours for day, hours in daily.days.items() if day < since or weekday(day) == wednesday}
    return MadeUp(Kind.OFFICE, days)


def test_who_changes_the_habit_is_reported_once(subscribers: list[MadeUp]) -> None:
    """Its completions did stop for a while; in the nine months after it the new habit is known."""
    change = day_of("2025-09-15")
    moved = [_moved_to_wednesdays(f"moved-{number}", change) for number in range(3)]
    year = play([*subscribers, *moved], PER_YEAR)
    after = [
        [day - change for day in year.days.get(len(subscribers) + number, []) if day >= change] for number in range(3)
    ]
    assert any(after)
    assert all(len(days) <= 1 and max(days, default=0) < 28 for days in after)


@pytest.mark.parametrize("kind", _FOUND)
def test_a_subscriber_that_stops_is_found_in_time(kind: Kind, subscribers: list[MadeUp]) -> None:
    """Soon after the holidays of spring, and soon after those of summer."""
    found = []
    for each in [each for each in subscribers if each.kind is kind]:
        for last_day in map(day_of, ("2025-05-13", "2025-10-08")):
            days = days_to_report(each, subscribers, last_day, PER_YEAR)
            assert days is not None
            found.append(days)
    half, most = _FOUND[kind]
    assert statistics.median(found) <= half
    assert max(found) <= most


@pytest.mark.parametrize("kind", Lms)
def test_an_lms_that_publishes_is_hardly_reported(kind: Lms) -> None:
    """Over three months with summer time, Easter and the holidays of May."""
    assert LmsYear(kind, "1", 90).false_alarms(PER_YEAR) <= 1


@pytest.mark.parametrize(
    ("kind", "half_within", "hours"), [(Lms.BUSY, 60, range(8, 14)), (Lms.OFFICE, 120, range(9, 12))]
)
def test_an_lms_that_stops_is_found_on_the_same_day(kind: Lms, half_within: int, hours: range) -> None:
    """At any time of a working day after its first hours."""
    minutes = LmsYear(kind, "1", 90).minutes_to_alarm(PER_YEAR, 8, hours)
    assert all(each is not None for each in minutes)
    found = [each for each in minutes if each is not None]
    assert statistics.median(found) <= half_within
    assert max(found) <= 24 * 60
