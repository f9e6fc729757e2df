"""Whose completions stopped is found on a real ledger, once, and nobody is on a holiday."""

from datetime import timedelta

from lessonhook.ledger import Notice, NoticeKind
from tests.integration.silence.conftest import MONDAY, PlannedLms

_NOON = timedelta(hours=12)


def kinds(found: list[tuple[str, Notice]]) -> list[tuple[str, str]]:
    """Return who is named and what is said of it."""
    return [(name, str(notice.kind)) for name, notice in found]


def test_one_that_stopped_is_reported_once_and_so_is_its_return(lms: PlannedLms) -> None:
    """On the third day at the latest, with the number of completions that usually come."""
    others = [name for name in lms.companies if name != "company-0"]
    for day in range(2):
        lms.work(others, MONDAY + timedelta(days=day), MONDAY + timedelta(days=day))
        assert lms.look(MONDAY + timedelta(days=day) + _NOON) == []
    lms.work(others, MONDAY + timedelta(days=2), MONDAY + timedelta(days=3))
    [(name, notice)] = lms.look(MONDAY + timedelta(days=3) + _NOON)
    assert name == "company-0"
    assert notice.kind is NoticeKind.SUBSCRIBER_QUIET
    assert "nothing since Fri 2031-02-28 14:10 UTC (5 days); some 6 completions usually come" in notice.why
    assert lms.look(MONDAY + timedelta(days=3) + _NOON) == []
    quiet = lms.ledger.silences.read()
    assert quiet.subscribers.keys() == {"company-0"}
    assert quiet.subscribers["company-0"].per_year < 0.02
    lms.record("company-0", MONDAY + timedelta(days=4))
    [(name, notice)] = lms.look(MONDAY + timedelta(days=4) + _NOON)
    assert (name, notice.kind) == ("company-0", NoticeKind.SUBSCRIBER_HEARD)
    assert "after 6.4 days" in notice.why
    assert lms.ledger.silences.read().subscribers == {}


def test_a_day_without_anybody_is_a_holiday(lms: PlannedLms) -> None:
    """However long it lasts, nobody is reported for it; and nothing that was learned is spoilt by it."""
    monday = MONDAY + timedelta(weeks=2)
    assert lms.look(monday + _NOON) == []
    lms.work(lms.companies, monday, monday + timedelta(days=4))
    others = [name for name in lms.companies if name != "company-0"]
    lms.work(others, monday + timedelta(days=7), monday + timedelta(days=10))
    assert kinds(lms.look(monday + timedelta(days=10) + _NOON)) == [("company-0", "subscriber.quiet")]


def test_those_that_fall_silent_together_are_one_notice(lms: PlannedLms) -> None:
    """When all but one have been back for a week, that one is news."""
    away = [f"company-{number}" for number in range(3)]
    others = [name for name in lms.companies if name not in away]
    lms.work(others, MONDAY, MONDAY + timedelta(days=4))
    [(name, notice)] = lms.look(MONDAY + timedelta(days=4) + _NOON)
    assert (name, notice.kind) == ("", NoticeKind.SUBSCRIBERS_QUIET)
    assert "3 subscribers fell silent within days of each other" in notice.why
    assert "company-0, company-1, company-2" in notice.why
    quiet = lms.ledger.silences.read().subscribers
    assert all(silence.together for silence in quiet.values())
    assert quiet.keys() == set(away)
    back = [name for name in lms.companies if name != "company-0"]
    lms.work(back, MONDAY + timedelta(days=7), MONDAY + timedelta(days=17))
    assert lms.look(MONDAY + timedelta(days=8) + _NOON) == []
    assert kinds(lms.look(MONDAY + timedelta(days=17) + _NOON)) == [("company-0", "subscriber.quiet")]


def test_a_subscriber_that_is_removed_is_no_news(lms: PlannedLms) -> None:
    """Neither that it is quiet, nor that it is not any more."""
    others = [name for name in lms.companies if name != "company-0"]
    lms.work(others, MONDAY, MONDAY + timedelta(days=3))
    assert len(lms.look(MONDAY + timedelta(days=3) + _NOON)) == 1
    lms.companies["company-0"].ledger.subscriptions.remove("company-0", by="ada")
    lms.set_clock(MONDAY + timedelta(days=3))
    for event in list(lms.ledger.events.of("company-0")):
        lms.ledger.erase("company-0", event.event_id)
    assert lms.look(MONDAY + timedelta(days=3) + _NOON) == []
    assert lms.ledger.silences.read().subscribers == {}


def test_a_new_subscriber_has_no_habit(lms: PlannedLms) -> None:
    """With two weeks of completions, nothing is said of it."""
    lms.open("new")
    lms.work(["new"], MONDAY, MONDAY + timedelta(days=11))
    lms.work([f"company-{number}" for number in range(8)], MONDAY, MONDAY + timedelta(days=25))
    assert lms.look(MONDAY + timedelta(days=25) + _NOON) == []
