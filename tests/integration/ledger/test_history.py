"""The counts of a subscriber's days, of which a person may ask for any span."""

from datetime import date, timedelta

import pytest

from lessonhook.ledger.transitions.keys import key
from tests.support.people.company import Company


@pytest.mark.parametrize("span", [(date.min, date.max), (date(1969, 12, 31), date.max), (date.min, None)])
def test_days_in_which_nothing_can_have_happened_cost_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch, span: tuple[date, date | None]
) -> None:
    """Of all days of the calendar, those are read whose counts are kept: one round trip in place of 7,300."""
    company.record("event")
    today = company.ledger.lanes.now().date()
    read: list[str] = []

    def note(*words: str) -> str:
        read.append(words[-1])
        return key(*words)

    monkeypatch.setattr("lessonhook.ledger.views.history.key", note)
    [(day, counts)] = company.ledger.history.days(company.name, span[0], span[1] or today + timedelta(days=1))
    assert (day, counts.recorded) == (today, 1)
    assert len(read) == 402


def test_a_span_of_the_far_past_or_future_has_no_day(company: Company) -> None:
    """Also one that ends before it begins."""
    company.record("event")
    today = company.ledger.lanes.now().date()
    days = company.ledger.history.days
    assert list(days(company.name, date(1, 1, 1), date(1969, 1, 1))) == []
    assert list(days(company.name, date(9000, 1, 1), date.max)) == []
    assert list(days(company.name, today + timedelta(days=1), today - timedelta(days=1))) == []
