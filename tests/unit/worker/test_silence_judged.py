"""How unusual a silence is: of one subscriber by its own weeks, and of a whole LMS by its five minutes."""

import pytest

from lessonhook.ledger import weekday
from lessonhook.worker.silence.crowd import Crowd
from lessonhook.worker.silence.lms_silence import SLOTS_A_DAY, LmsRhythm
from lessonhook.worker.silence.rarity import Tail, surprise
from lessonhook.worker.silence.reported import groups, new_alone, new_groups, reported
from lessonhook.worker.silence.subscriber_silence import Judged, judge

#: A Monday.
MONDAY = 22_334
WORKDAYS = range(5)
#: Of eight to five.
OFFICE_HOURS = (1 << 17) - (1 << 8)
OFFICE_SLOTS = (1 << 17 * 12) - (1 << 8 * 12)
PER_YEAR = 0.02


def working_days(first: int, last: int, marks: int = OFFICE_HOURS) -> dict[int, int]:
    """Return days with the same marks on each working day."""
    return {day: marks for day in range(first, last) if weekday(day) in WORKDAYS}


def crowd_of(*subscribers: dict[int, int]) -> Crowd:
    """Count subscribers."""
    crowd = Crowd()
    for days in subscribers:
        crowd.add(days)
    return crowd


def first_alarm(days: dict[int, int], crowd: Crowd, after: int) -> int | None:
    """Return how many hours after a day's beginning a silence is reported; None if not within a hundred days."""
    for hour in range(after * 24, (after + 100) * 24):
        judged = judge(days, hour, crowd)
        if judged is not None and judged.per_year < PER_YEAR:
            return hour - after * 24
    return None


def test_the_days_are_what_they_are_called() -> None:
    """The tests below go by weekdays."""
    assert weekday(MONDAY) == 0


def test_a_surprise_is_never_endless() -> None:
    """What never was silent may be once; what was always silent surprises hardly at all."""
    assert surprise(0, 12) == pytest.approx(3.26, abs=0.01)
    assert surprise(12, 12) == pytest.approx(0.04, abs=0.01)


def test_a_silence_like_the_longest_is_expected_once_in_the_weeks_seen() -> None:
    """From there on it falls, the more slowly the fewer and the longer the silences before were."""
    many = Tail.of([0.5] * 60, 12)
    assert many.per_year(0.5) == pytest.approx(52 / 12)
    assert many.per_year(7) < PER_YEAR < many.per_year(5)
    assert Tail.of([0.5] * 6, 12).per_year(7) > many.per_year(7)
    assert Tail.of([0.5] * 58 + [6.0, 8.0], 12).per_year(14) > PER_YEAR


def test_a_day_off_is_no_news_and_a_third_one_is() -> None:
    """A subscriber with completions in each office hour is reported on its third silent working day."""
    days = working_days(MONDAY - 84, MONDAY)
    crowd = crowd_of(*[working_days(MONDAY - 84, MONDAY + 30)] * 20)
    hours = first_alarm(days, crowd, MONDAY)
    assert hours is not None
    assert 48 < hours <= 72


def test_a_weekend_takes_no_time() -> None:
    """Silent from Thursday on, it is reported on Monday, the third working day."""
    days = working_days(MONDAY - 84, MONDAY + 3)
    crowd = crowd_of(*[working_days(MONDAY - 84, MONDAY + 30)] * 20)
    hours = first_alarm(days, crowd, MONDAY + 3)
    assert hours is not None
    assert 96 < hours <= 120


def test_holidays_take_no_time() -> None:
    """Two weeks in which hardly anybody has completions, and then the days off of one."""
    everyone = working_days(MONDAY - 84, MONDAY) | working_days(MONDAY + 14, MONDAY + 40)
    crowd = crowd_of(*[everyone] * 20)
    hours = first_alarm(working_days(MONDAY - 84, MONDAY), crowd, MONDAY)
    assert hours is not None
    assert 16 * 24 < hours <= 17 * 24


def test_a_holiday_that_was_learned_from_makes_nobody_slow() -> None:
    """A month after the holidays, a silence is found as soon as before."""
    days = working_days(MONDAY - 84, MONDAY - 28) | working_days(MONDAY - 14, MONDAY)
    crowd = crowd_of(*[days | working_days(MONDAY, MONDAY + 40)] * 20)
    hours = first_alarm(days, crowd, MONDAY)
    assert hours is not None
    assert hours <= 72


def test_a_class_each_tuesday_is_missed_after_three() -> None:
    """Other days are no news for it."""
    tuesdays = {day: 1 << 10 for day in range(MONDAY - 84, MONDAY) if weekday(day) == 1}
    crowd = crowd_of(*[working_days(MONDAY - 84, MONDAY + 90)] * 20)
    hours = first_alarm(tuesdays, crowd, MONDAY)
    assert hours is not None
    assert (14 + 1) * 24 < hours <= (21 + 2) * 24


def test_a_few_weeks_are_no_habit() -> None:
    """Two weeks are too few, and so are five days in twelve weeks."""
    crowd = crowd_of(*[working_days(MONDAY - 84, MONDAY + 90)] * 20)
    assert judge(working_days(MONDAY - 14, MONDAY), (MONDAY + 60) * 24, crowd) is None
    rare = dict.fromkeys(range(MONDAY - 80, MONDAY, 16), 1 << 10)
    assert judge(rare, (MONDAY + 60) * 24, crowd) is None
    assert judge({}, MONDAY * 24, crowd) is None


def test_the_pace_is_that_of_the_crowd() -> None:
    """A holiday has none; of a day that is not over, only the hours until now are compared."""
    crowd = crowd_of(*[working_days(MONDAY - 84, MONDAY - 1)] * 20, *[{MONDAY: 1 << 9}] * 15)
    assert crowd.pace(MONDAY - 3) == 1.0
    assert crowd.pace(MONDAY, 9) == 0.0
    assert crowd.pace(MONDAY) == pytest.approx(18 / 23)
    assert crowd.pace(MONDAY - 2) == 1.0
    assert crowd.subscribers == 35


def judged_on(day: int, per_year: float, surprise: float = 9.0) -> Judged:
    """Return a judgement of a silence that began on a day."""
    return Judged(last_hour=day * 24, surprise=surprise, per_year=per_year)


def test_silences_that_began_together_are_told_from_one_alone() -> None:
    """One that is nearly reported counts as well; of many subscribers, three are no crowd."""
    judged = {
        "a": judged_on(10, 0.01),
        "b": judged_on(12, 0.01),
        "c": judged_on(13, 0.9, 2.0),
        "d": judged_on(40, 0.01),
        "e": judged_on(41, 5.0, 2.0),
    }
    after = reported(judged, {}, now_hour=1_200, per_year=PER_YEAR, subscribers=50)
    assert after == {"a": 1_200, "b": 1_200, "c": 1_200, "d": None}
    assert new_alone(after, {}) == ["d"]
    assert list(new_groups(after, {}, judged)) == [["a", "b", "c"]]
    assert list(groups(["d", "a", "b"], judged)) == [["a", "b"], ["d"]]
    many = reported(judged, {}, now_hour=1_200, per_year=PER_YEAR, subscribers=500)
    assert many == {"a": None, "b": None, "d": None}


def test_silences_that_are_rare_for_few_of_them_may_have_begun_together() -> None:
    """A school that was in school holidays before is not surprised by the next ones; one that joined since is."""
    judged = {"new": judged_on(10, 0.01), **{f"old-{number}": judged_on(10, 4.0, 3.5) for number in range(4)}}
    after = reported(judged, {}, now_hour=400, per_year=PER_YEAR, subscribers=100)
    assert after == {"new": 400}
    assert reported(judged, {}, now_hour=400, per_year=PER_YEAR, subscribers=1_000) == {"new": None}


def test_who_was_reported_alone_stays_alone() -> None:
    """And is no news again when others follow, or when they are back."""
    judged = {name: judged_on(10, 0.01) for name in "abc"}
    before: dict[str, int | None] = {"a": None}
    after = reported(judged, before, now_hour=400, per_year=PER_YEAR, subscribers=50)
    assert after == {"a": None, "b": 400, "c": 400}
    assert new_alone(after, before) == []


def test_who_is_left_behind_by_the_others_is_news_after_a_week() -> None:
    """One that has few completions may come back some days later than the others."""
    judged = {"a": judged_on(10, 0.01)}
    before: dict[str, int | None] = {"a": 1_000}
    assert reported(judged, before, now_hour=1_168, per_year=PER_YEAR, subscribers=50) == {"a": 1_000}
    after = reported(judged, before, now_hour=1_169, per_year=PER_YEAR, subscribers=50)
    assert after == {"a": None}
    assert new_alone(after, before) == ["a"]


def minutes_until_alarm(days: dict[int, int], last_slot: int) -> int | None:
    """Return after how many minutes a silence of the whole LMS is reported; None if not within a week."""
    rhythm = LmsRhythm(days, last_slot // SLOTS_A_DAY)
    for slot in range(last_slot, last_slot + 7 * SLOTS_A_DAY):
        judged = rhythm.judge(last_slot, slot)
        if judged is not None and judged.per_year < PER_YEAR:
            return (slot - last_slot) * 5
    return None


def test_forty_minutes_on_a_tuesday_are_unusual() -> None:
    """For an LMS that publishes in each five minutes of the office hours."""
    days = working_days(MONDAY - 84, MONDAY + 1, OFFICE_SLOTS)
    at_eleven = 11 * 12
    days[MONDAY + 1] = OFFICE_SLOTS & ((1 << at_eleven) - 1)
    minutes = minutes_until_alarm(days, (MONDAY + 1) * SLOTS_A_DAY + at_eleven - 1)
    assert minutes is not None
    assert minutes <= 40


def test_a_silence_that_began_at_night_may_be_a_holiday() -> None:
    """From the third working day on, it is none."""
    days = working_days(MONDAY - 84, MONDAY, OFFICE_SLOTS)
    minutes = minutes_until_alarm(days, (MONDAY - 3) * SLOTS_A_DAY + 17 * 12 - 1)
    assert minutes is not None
    assert 5 * 24 * 60 < minutes + 17 * 60 < 6 * 24 * 60


def test_an_lms_that_publishes_on_sundays_is_missed_on_any_day() -> None:
    """Within a few hours, also if the silence began at night."""
    days = working_days(MONDAY - 84, MONDAY, OFFICE_SLOTS)
    # Every 20 minutes by day.
    sundays = sum(1 << slot for slot in range(8 * 12, 20 * 12, 4))
    days |= {day: sundays for day in range(MONDAY - 84, MONDAY) if weekday(day) not in WORKDAYS}
    minutes = minutes_until_alarm(days, (MONDAY - 1) * SLOTS_A_DAY + 19 * 12 + 8)
    assert minutes is not None
    assert minutes < 24 * 60


def test_summer_time_is_no_silence() -> None:
    """The evening comes an hour sooner, by the clock of the marks."""
    days = working_days(MONDAY - 84, MONDAY, OFFICE_SLOTS)
    days[MONDAY] = OFFICE_SLOTS >> 12
    rhythm = LmsRhythm(days, MONDAY)
    last_slot = MONDAY * SLOTS_A_DAY + 16 * 12 - 1
    judged = rhythm.judge(last_slot, last_slot + 12 * 12)
    assert judged is not None
    assert judged.per_year > 1
