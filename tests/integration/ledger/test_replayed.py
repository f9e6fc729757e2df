"""What a person's replay changes beside the pause: the log, the counts, and the events that wait behind it."""

import pytest
import redis

from lessonhook.ledger import Kind, Policy, State
from tests.support.people.company import ACCEPTED, FAILED, GONE, Company, OpenCompany


@pytest.fixture
def paused(company: Company) -> Company:
    """Return a company that was paused by its one event."""
    company.record("event")
    company.post(GONE)
    return company


@pytest.mark.parametrize("kind", [ACCEPTED, FAILED])
def test_a_replay_stands_in_the_log_of_attempts(paused: Company, kind: Kind) -> None:
    """It follows the worker's attempts and names the person."""
    paused.replayed("event", kind)
    attempts = paused.ledger.events.attempts("acme", "event")
    assert [(attempt.kind, attempt.worker) for attempt in attempts] == [(GONE, "w1"), (kind, "replay by a person")]


def test_a_refused_event_that_is_accepted_is_delivered(open_company: OpenCompany) -> None:
    """It is no longer refused, is counted once, and is kept for as long as a delivered event."""
    company = open_company(Policy(attempts=1, delivered_retention_ms=60_000))
    company.grow(2)
    company.record("refused")
    company.record("accepted")
    refused, accepted = company.take(), company.take()
    company.settle(accepted, ACCEPTED)
    assert company.settle(refused, FAILED).state is State.REFUSED
    before = company.ledger.lanes.status("acme")

    assert company.replayed("refused", ACCEPTED).state is State.DELIVERED

    after = company.ledger.lanes.status("acme")
    assert (after.refused, after.delivered) == (before.refused - 1, before.delivered + 1)
    view = company.ledger.events.get("acme", "refused")
    assert view is not None
    assert view.closed is not None
    # Closed to the millisecond, recorded to the microsecond.
    assert view.closed >= view.recorded.replace(microsecond=view.recorded.microsecond // 1000 * 1000)


def test_a_repeated_replay_counts_one_delivery(paused: Company) -> None:
    """The second acceptance is logged and changes nothing else."""
    paused.replayed("event", ACCEPTED)
    paused.replayed("event", ACCEPTED)
    assert paused.ledger.lanes.status("acme").delivered == 1


def test_what_waited_behind_it_has_its_turn(company: Company) -> None:
    """A learner's next completion of the lesson is sent once the one before is delivered, by a worker or a person."""
    company.record("first", learner="one")
    company.record("second", learner="one")
    company.post(FAILED)

    step = company.replayed("first", ACCEPTED)

    assert [message.event_id for message in step.publish] == ["second"]


def test_neither_window_nor_failures_change(company: Company) -> None:
    """A person's POST does not change how fast workers may send."""
    company.grow(3)
    company.record("failed")
    company.post(FAILED)
    before = (company.lane("window"), company.lane("failures_in_a_row"), company.lane("last_outcome"))
    company.replayed("failed", ACCEPTED)
    assert (company.lane("window"), company.lane("failures_in_a_row"), company.lane("last_outcome")) == before


def test_nothing_is_written_of_what_was_erased(paused: Company, redis_client: redis.Redis) -> None:
    """A response may repeat the body, which was erased."""
    paused.erase("event")
    assert paused.replayed("event", ACCEPTED).state is State.ERASED
    assert list(redis_client.scan_iter("*attempts*")) == []


def test_of_an_unknown_event_nothing_is_known(company: Company) -> None:
    """There is no state, and nothing is written."""
    assert company.replayed("unknown", ACCEPTED).state is None
    assert company.ledger.events.get("acme", "unknown") is None
