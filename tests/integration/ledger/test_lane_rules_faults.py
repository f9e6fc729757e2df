"""Lost workers, late answers, lost messages: the holes that simpler rules leave, numbered as in the rules' own list."""

import pytest

from lessonhook.ledger import Policy, State
from lessonhook.ledger.keys import key
from tests.support.company import ACCEPTED, FAILED, Company, OpenCompany


def test_3_a_settle_that_is_repeated_changes_nothing(company: Company) -> None:
    """After a lost reply the worker settles again: the token is no longer the event's, and no attempt is counted."""
    company.record("event")
    delivery = company.take()
    company.settle(delivery, FAILED)

    again = company.settle(delivery, FAILED)

    assert (again.state, again.attempts) == (State.RETRYING, 1)
    assert not again.wakes
    assert len(company.countdowns) == 1


def test_3_a_failure_told_after_the_lease_changes_nothing(company: Company) -> None:
    """A worker whose lease ran out has lost its event to another one, and its failure is not the event's."""
    company.record("event")
    late = company.take()
    company.pass_time(late.lease_seconds)
    company.sweep()

    step = company.settle(late, FAILED)

    assert (step.state, step.attempts) == (State.QUEUED, 0)


@pytest.mark.parametrize("became", [State.QUEUED, State.HELD, State.RETRYING])
def test_3_an_acceptance_is_never_thrown_away(company: Company, became: State) -> None:
    """Whatever became of the event after its lease, the endpoint has it: it is delivered and not sent again."""
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
    """Two workers may have posted the same event; the one that holds the lease says how it ended."""
    company.record("event")
    late = company.take()
    company.pass_time(late.lease_seconds)
    company.sweep()
    current = company.take()

    assert company.settle(late, ACCEPTED).state is State.DELIVERING
    assert company.settle(current, ACCEPTED).state is State.DELIVERED


def test_5_an_event_erased_in_flight_keeps_its_place_until_it_is_settled(company: Company) -> None:
    """Its body is wiped at once; its slot and its place in order are free only when its POST has ended."""
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
    """The end of its lease ends it, in place of a settle."""
    company.record("erased", learner="ann")
    company.record("next", learner="ann")
    delivery = company.take()
    company.erase("erased")

    company.pass_time(delivery.lease_seconds)
    company.sweep()

    assert company.state("erased") is State.ERASED
    assert company.posts_until_quiet(ACCEPTED) == ["next"]


def test_6_a_delivery_says_how_long_it_is_the_workers_and_is_anothers_after_that(company: Company) -> None:
    """A worker reads from its delivery when it must not POST any more: another may have delivered this and the next."""
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
    """A slow worker is not a lost message: what was queued after the oldest message that waits is left alone."""
    company.record("event")
    [letter] = company.letters

    for _ in range(5):
        company.pass_time(60)
        company.sweep(oldest_waiting_ms=letter.arrives_ms)

    assert company.letters == [letter]


def test_12_a_lost_message_is_published_again_once_a_grace_and_the_grace_doubles(open_company: OpenCompany) -> None:
    """With nothing waiting in the broker the message is gone; each further one is given twice the time."""
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


def test_13_an_event_that_kills_its_worker_is_counted(company: Company) -> None:
    """Four lost leases cost nothing; the fifth and each further one is a failed attempt, until they are used up."""
    company.record("poison")
    attempts = []
    for _ in range(7):
        delivery = company.take()
        company.pass_time(delivery.lease_seconds)
        company.sweep()
        attempts.append(company.attempts("poison"))

    assert attempts == [0, 0, 0, 0, 1, 2, 3]
    assert company.state("poison") is State.HELD
    assert company.paused
