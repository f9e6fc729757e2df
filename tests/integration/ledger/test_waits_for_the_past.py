"""When a completion of today waits for one of the past: each case that `docs/lms.md` names, and no other."""

from collections.abc import Callable

import pytest

from lessonhook.ledger import Recorded, State
from tests.support.people.company import ACCEPTED, FAILED, THROTTLED, Company, OpenCompany

_PAST = "past"
_LIVE = "live"


def _in_flight(company: Company) -> None:
    company.backfill(_PAST)
    assert company.take().event_id == _PAST


def test_it_goes_beside_the_past_that_is_in_flight(company: Company) -> None:
    """The window is above one."""
    company.grow(2)
    _in_flight(company)
    assert company.record(_LIVE).recorded is Recorded.QUEUED


def test_it_goes_before_the_past_that_waits(company: Company) -> None:
    """For its turn, for a worker or because a person stopped it: thousands of them delay nobody."""
    company.backfill(*(f"{_PAST}-{number}" for number in range(50)))
    assert company.record(_LIVE).recorded is Recorded.QUEUED
    company.set_backfill(stopped=True)
    assert company.record("another").recorded is Recorded.HELD
    assert company.posts_until_quiet(ACCEPTED) == [_LIVE, "another"]


def _one_at_a_time(company: Company) -> None:
    company.grow(8)
    company.subscribe(max_in_flight=1)
    _in_flight(company)


def _hanging(company: Company) -> None:
    company.grow(8)
    _in_flight(company)
    company.pass_time(company.policy.hanging_after_ms / 1000 + 1)


def _after_a_failure(company: Company) -> None:
    company.grow(8)
    company.record("failing")
    company.post(FAILED)
    _in_flight(company)


@pytest.mark.parametrize("bring_about", [_one_at_a_time, _hanging, _after_a_failure])
def test_it_waits_for_the_end_of_one_post(company: Company, bring_about: Callable[[Company], None]) -> None:
    """Where the endpoint may get no second one beside it; then it is the next."""
    bring_about(company)
    company.backfill("more")
    assert company.record(_LIVE).recorded is Recorded.HELD
    company.settle(company.posts[-1], ACCEPTED)
    assert company.state(_PAST) is State.DELIVERED
    assert company.take().event_id == _LIVE


def test_it_waits_for_an_earlier_completion_of_its_learner_and_lesson(company: Company) -> None:
    """Also for the retries of it, because the order of the two is promised; one that waited goes at once."""
    company.grow(8)
    company.record_many({_PAST: ("ann", 1)}, backfill=True)
    company.post(FAILED)
    assert company.record(_LIVE, learner="ann", completed_at=2).recorded is Recorded.HELD
    assert company.record("another").recorded is Recorded.QUEUED
    assert company.posts_until_quiet(ACCEPTED) == ["another", _PAST, _LIVE]


def test_it_waits_as_long_as_the_endpoint_asked(company: Company) -> None:
    """`Retry-After` holds for everything, whichever POST got it."""
    company.grow(8)
    _in_flight(company)
    asked = company.now_ms
    company.settle(company.posts[-1], THROTTLED, retry_after=60)
    assert company.record(_LIVE).recorded is Recorded.HELD
    assert company.started_ms(company.take()) - asked >= 60_000
    assert company.posts[-1].event_id == _LIVE


def test_it_waits_for_its_turn_after_a_post_of_the_past(open_company: OpenCompany) -> None:
    """`max_per_second` holds for all POSTs of a subscription."""
    company = open_company(max_per_second=0.01)
    company.backfill(_PAST)
    first = company.take()
    started = company.started_ms(first)
    company.settle(first, ACCEPTED)
    company.record(_LIVE)
    assert 100_000 <= company.started_ms(company.take()) - started < 101_000


def test_a_pause_that_the_past_brought_about_holds_no_live_one(company: Company) -> None:
    """It lifts it, and goes first."""
    company.backfill(_PAST, "more")
    company.posts_until_quiet(FAILED)
    assert company.paused
    company.record(_LIVE)
    assert not company.paused
    assert company.take().event_id == _LIVE
