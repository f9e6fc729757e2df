"""What is read of very many events: the same ones as by a whole read, in few round trips."""

from datetime import timedelta

import pytest

from lessonhook.ledger import EventGlance, EventView, Kind, State
from lessonhook.ledger.views import events as module
from tests.support.people.company import Company


def _as_glance(view: EventView) -> EventGlance:
    return EventGlance(**{name: getattr(view, name) for name in EventGlance.__slots__})


def test_a_glance_is_the_beginning_of_the_whole_view(company: Company) -> None:
    """The same events in the same order, each with the same state and times, for all states and each window."""
    for number in range(4):
        company.record(f"event-{number}", learner=str(number))
    company.post(Kind.ACCEPTED)
    company.post(Kind.FAILED)
    events = company.ledger.events
    whole = list(events.of("acme"))
    assert {view.state for view in whole} > {State.DELIVERED}
    assert list(events.glances("acme")) == [_as_glance(view) for view in whole]
    between = whole[1].recorded
    for since, until in ((between, None), (None, between), (between, between + timedelta(hours=1))):
        expected = [_as_glance(view) for view in events.of("acme", since=since, until=until)]
        assert list(events.glances("acme", since=since, until=until)) == expected
    for state in State:
        assert list(events.glances("acme", states=[state])) == list(map(_as_glance, events.of("acme", states=[state])))


def test_an_event_that_is_gone_is_left_out(company: Company) -> None:
    """Its id may be in an index a moment longer than its record."""
    company.record("event-0")
    company.record("event-1", learner="1")
    [gone] = (name for name in company.ledger.redis.scan_iter("*event:acme/event-0"))
    company.ledger.redis.delete(gone)
    assert [glance.event_id for glance in company.ledger.events.glances("acme")] == ["event-1"]


def test_each_round_trip_of_a_long_walk_asks_for_more(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of events is read in one small piece, and a million of them in few."""
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    for number in range(30):
        company.record(f"event-{number}", learner=str(number))
    company.ledger.redis.config_resetstat()
    assert len(list(company.ledger.events.glances("acme", states=[State.HELD, State.QUEUED]))) == 30
    # 2, 4, 8, 10 and the 6 that are left, beside a look at those of the past and one at the lane; and not 15 of two.
    assert company.ledger.redis.info("commandstats")["cmdstat_zrange"]["calls"] <= 7
