"""Redis' clock is set back by an hour: each wait lasts as long as what set it asked for, and no hour longer."""

from collections.abc import Callable

import pytest

from lessonhook.ledger import Policy, State
from lessonhook.ledger.transitions.keys import shard_of
from tests.support.people.company import ACCEPTED, FAILED, THROTTLED, Company, OpenCompany

_HOUR = 3_600.0


def _throttled(company: Company) -> None:
    company.record("event")
    company.settle(company.take(), THROTTLED, retry_after=30.0)


def _retried(company: Company) -> None:
    company.record("event")
    company.post(FAILED)


def _lost_with_its_worker(company: Company) -> None:
    company.record("event")
    company.take()


def _paced(company: Company) -> None:
    company.subscribe(max_per_second=0.1)
    for name in ("first", "event"):
        company.record(name)
    company.post(ACCEPTED)


def _message_lost(company: Company) -> None:
    company.record("event")
    company.letters.clear()


def set_clock_back(company: Company, seconds: float) -> None:
    """Set the clock back between two sweeps of a worker."""
    company.ledger.attention.follow_clock(company.now_ms)
    company.pass_time(-seconds)
    company.ledger.attention.follow_clock(company.now_ms)


@pytest.mark.parametrize(
    ("begin", "seconds"),
    [(_throttled, 330), (_retried, 300), (_lost_with_its_worker, 25), (_paced, 10), (_message_lost, 25)],
)
def test_each_wait_lasts_as_long_as_before_the_clock_was_set_back(
    company: Company, begin: Callable[[Company], None], seconds: float
) -> None:
    """A `Retry-After`, a retry, a lease, a pace, a lost message: over in its own time, with sweeps alone."""
    begin(company)
    set_clock_back(company, _HOUR)
    company.letters.clear()
    company.sweep()
    waited = 0.0
    while not any(letter.event_id == "event" and letter.arrives_ms <= company.now_ms for letter in company.letters):
        company.pass_time(5)
        waited += 5
        company.sweep()
        assert waited <= seconds + 10
    assert company.post(ACCEPTED) == "event"


def test_the_sweep_looks_at_every_lane_after_the_clock_was_set_back(open_company: OpenCompany) -> None:
    """Also at one in which nothing happens, whose next look was an hour away."""
    company = open_company(Policy(lease_ms=5_000))
    company.record("event")
    company.take()
    set_clock_back(company, _HOUR)
    assert shard_of(company.name) in company.ledger.attention.due(company.now_ms)
    assert not company.ledger.attention.follow_clock(company.now_ms)


def test_a_step_below_a_second_changes_nothing(company: Company) -> None:
    """Clocks are slewed all the time."""
    company.record("event")
    company.post(FAILED)
    due = company.ledger.events.get("acme", "event")
    set_clock_back(company, 0.5)
    company.record("other")
    assert company.ledger.events.get("acme", "event") == due
    assert company.state("event") is State.RETRYING
