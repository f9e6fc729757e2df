"""Lost workers, late responses, lost messages: cases that simpler rules miss, numbered as in the list of the rules."""

import pytest

from lessonhook.ledger import Kind, Policy, State
from lessonhook.ledger.transitions.keys import key
from tests.support.people.company import ACCEPTED, FAILED, GONE, THROTTLED, Company, OpenCompany


def test_3_a_settle_that_is_repeated_changes_nothing(company: Company) -> None:
    """After a lost reply the worker settles again: the token is no longer the event's, and no attempt is counted."""
    company.record("event")
    delivery = company.take()
    company.settle(delivery, FAILED)

    again = company.settle(delivery, FAILED)

    assert (again.state, again.attempts) == (State.RETRYING, 1)
    assert not again.wakes
    assert len(company.countdowns) == 1


@pytest.mark.parametrize("kind", [ACCEPTED, FAILED, GONE, THROTTLED])
def test_3_a_settle_that_is_repeated_is_logged_once(company: Company, kind: Kind) -> None:
    """Whatever it said; the same worker's next attempt has a line of its own."""
    company.record("event")
    delivery = company.take()
    company.settle(delivery, kind, seconds=0.25)
    company.settle(delivery, kind, seconds=0.25)
    assert [attempt.seconds for attempt in company.ledger.events.attempts(company.name, "event")] == [0.25]


def test_3_the_late_outcome_of_a_lost_lease_is_logged(company: Company) -> None:
    """Its POST was made, so a person who looks sees it."""
    company.record("event")
    late = company.take()
    company.pass_time(late.lease_seconds)
    company.sweep()
    company.settle(late, FAILED, seconds=0.5)
    assert [attempt.seconds for attempt in company.ledger.events.attempts(company.name, "event")] == [0.5]


def test_3_a_failure_settled_after_the_lease_changes_nothing(company: Company) -> None:
    """If a worker's lease ran out, another one has its event, and its failure does not count."""
    company.record("event")
    late = company.take()
    company.pass_time(late.lease_seconds)
    company.sweep()

    step = company.settle(late, FAILED)

    assert (step.state, step.attempts) == (State.QUEUED, 0)


@pytest.mark.parametrize("became", [State.QUEUED, State.HELD, State.RETRYING])
def test_3_an_acceptance_is_never_thrown_away(company: Company, became: State) -> None:
    """The endpoint has the event, no matter what followed its lease: it is delivered and not sent again."""
    company.record("event")
    late = company.take()
    if became is State.HELD:
        company.pause()
    company.pass_time(late.lease_seconds)
    company.sweep()
    if became is State.RETRYING:
        company.post(FAILED)
    assert company.state("event") is became

    company.settle(late, ACCEPTED)

    assert company.state("event") is State.DELIVERED
    company.resume()
    assert company.posts_until_quiet(ACCEPTED) == []


def test_3_the_acceptance_of_an_event_in_another_workers_hands_is_left_to_that_worker(company: Company) -> None:
    """Two workers may have posted the same event; the result of the one that has the lease counts."""
    company.record("event")
    late = company.take()
    company.pass_time(late.lease_seconds)
    company.sweep()
    current = company.take()

    assert company.settle(late, ACCEPTED).state is State.DELIVERING
    assert company.settle(current, ACCEPTED).state is State.DELIVERED


def test_5_an_event_erased_in_flight_keeps_its_place_until_it_is_settled(company: Company) -> None:
    """Its body is deleted at once; its slot and its place in the order are free only after its POST."""
    company.record("erased", learner="ann")
    company.record("next", learner="ann")
    delivery = company.take()

    company.erase("erased")

    assert not company.ledger.redis.exists(key("body", company.name, "erased"))
    assert company.state("erased") is State.DELIVERING
    assert company.slots == 1
    assert company.state("next") is State.HELD
    assert company.settle(delivery, FAILED).state is State.ERASED
    assert company.posts_until_quiet(ACCEPTED) == ["next"]


def test_5_an_event_erased_in_flight_does_not_come_back_when_its_worker_dies(company: Company) -> None:
    """The end of its lease frees it, in place of `settle`."""
    company.record("erased", learner="ann")
    company.record("next", learner="ann")
    delivery = company.take()
    company.erase("erased")

    company.pass_time(delivery.lease_seconds)
    company.sweep()

    assert company.state("erased") is State.ERASED
    assert company.posts_until_quiet(ACCEPTED) == ["next"]


def test_6_a_delivery_says_how_long_it_is_the_workers_and_is_anothers_after_that(company: Company) -> None:
    """The delivery tells a worker when it must not POST any more: another may have delivered it and the next."""
    company.record("event", learner="ann")
    company.record("next", learner="ann")
    frozen = company.take()
    assert frozen.lease_seconds == company.policy.lease_ms / 1000

    company.pass_time(frozen.lease_seconds)
    company.sweep()

    assert company.posts_until_quiet(ACCEPTED) == ["event", "next"]
    company.settle(frozen, FAILED)
    assert company.state("event") is State.DELIVERED


def test_12_a_backlog_that_waits_in_the_broker_is_not_published_again(company: Company) -> None:
    """A slow worker is no lost message: events queued after the oldest waiting message are left alone."""
    company.record("event")
    [letter] = company.letters

    for _ in range(5):
        company.pass_time(60)
        company.sweep(oldest_waiting_ms=letter.arrives_ms)

    assert company.letters == [letter]


def test_12_a_lost_message_is_published_again_once_a_grace_and_the_grace_doubles(open_company: OpenCompany) -> None:
    """If no message waits in the broker, it is lost; each further one gets twice the time."""
    company = open_company(Policy(republish_after_ms=30_000))
    company.record("event")
    company.letters.clear()
    published = []

    for seconds in range(10, 410, 10):
        company.pass_time(10)
        company.sweep()
        if company.letters:
            company.letters.clear()
            published.append(seconds)

    assert published == [30, 90, 210]
