"""An LMS that publishes nothing any more is found within the hour, as one thing."""

from datetime import timedelta

from lessonhook.ledger import NoticeKind
from lessonhook.worker.silence.lms_look import look_at_lms
from tests.integration.silence.conftest import MONDAY, PER_YEAR, PlannedLms

#: From eight to five, every five minutes.
_BUSY = range(8 * 60, 17 * 60, 5)


def busy(lms: PlannedLms, weeks: int) -> None:
    """Let completions come every five minutes of the working days before `MONDAY`."""
    for day in range(-7 * weeks, 0):
        begin = MONDAY + timedelta(days=day)
        for minutes in _BUSY if begin.weekday() < 5 else ():
            lms.record("acme", begin + timedelta(minutes=minutes))


def test_it_is_reported_within_the_hour_and_once(one_company: PlannedLms) -> None:
    """On a Monday that began as usual; then its return is reported."""
    busy(one_company, 3)
    for minutes in range(8 * 60, 11 * 60, 5):
        one_company.record("acme", MONDAY + timedelta(minutes=minutes))
    ledger = one_company.ledger
    silent_since = MONDAY + timedelta(hours=11)
    one_company.set_clock(silent_since + timedelta(minutes=20))
    assert list(look_at_lms(ledger, PER_YEAR)) == []
    one_company.set_clock(silent_since + timedelta(minutes=60))
    [notice] = look_at_lms(ledger, PER_YEAR)
    assert notice.kind is NoticeKind.LMS_QUIET
    assert notice.why.startswith("nothing since Mon 2031-03-03 11:00 UTC (60 minutes); ")
    assert list(look_at_lms(ledger, PER_YEAR)) == []
    assert ledger.silences.read().lms is not None
    one_company.record("acme", silent_since + timedelta(hours=2))
    [notice] = look_at_lms(ledger, PER_YEAR)
    assert notice.kind is NoticeKind.LMS_HEARD
    assert "after 2.1 hours" in notice.why
    assert ledger.silences.read().lms is None


def test_a_weekend_and_a_night_are_no_news(one_company: PlannedLms) -> None:
    """From Friday evening to Monday morning."""
    busy(one_company, 3)
    for hours in range(-55, 9):
        one_company.set_clock(MONDAY + timedelta(hours=hours))
        assert list(look_at_lms(one_company.ledger, PER_YEAR)) == []


def test_nobody_is_quiet_while_the_lms_is(lms: PlannedLms) -> None:
    """A company that would be reported waits until the others are back."""
    others = [name for name in lms.companies if name != "company-0"]
    lms.work(others, MONDAY, MONDAY + timedelta(days=3))
    now = MONDAY + timedelta(days=3, hours=16)
    lms.set_clock(now)
    ledger = lms.ledger
    ledger.silences.write_lms(lms.some_silence(now), ledger.now_ms())
    assert lms.look(now) == []
    ledger.silences.write_lms(None, ledger.now_ms())
    assert [name for name, _ in lms.look(now)] == ["company-0"]


def test_nothing_is_said_without_weeks_to_learn_from(one_company: PlannedLms) -> None:
    """An LMS that is new, and one that never published anything."""
    assert list(look_at_lms(one_company.ledger, PER_YEAR)) == []
    busy(one_company, 2)
    one_company.set_clock(MONDAY + timedelta(days=5))
    assert list(look_at_lms(one_company.ledger, PER_YEAR)) == []
