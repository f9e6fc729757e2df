"""Why each rule of a lane is there: the hole that a simpler rule leaves, as a story that falls into it."""

from collections.abc import Callable

import pytest

from lessonhook.ledger import Policy, State
from lessonhook.ledger.keys import key
from tests.integration.ledger.conftest import OpenCompany
from tests.support.company import ACCEPTED, FAILED, GONE, THROTTLED, Company

HOUR = 3_600.0
DAY_MS = 86_400_000


def test_1_a_fresh_event_is_not_robbed_of_its_own_attempts(company: Company) -> None:
    """While the probe lives, another event's last failure holds that event and does not pause the lane."""
    company.record("old-1")
    company.record("old-2")
    assert [company.post(FAILED) for _ in range(5)] == ["old-1", "old-2", "old-1", "old-2", "old-1"]
    assert company.paused

    company.record("fresh")
    assert [company.post(FAILED) for _ in range(2)] == ["fresh", "old-2"]

    assert company.state("old-2") is State.HELD
    assert not company.paused, "the fresh event has two attempts left"
    assert [company.post(FAILED) for _ in range(2)] == ["fresh", "fresh"]
    assert company.paused


def test_2_the_oldest_held_is_tried_when_nobody_else_could_bring_a_success(open_company: OpenCompany) -> None:
    """A lane that is down, with nothing retrying and nothing in flight, makes its oldest held event the probe."""
    company = open_company(Policy(down_after_failures=2))
    for name in ("first", "second", "third", "fourth"):
        company.record(name)
    assert [company.post(FAILED) for _ in range(2)] == ["first", "second"]
    assert company.slots == 0, "the lane is down: what is held waits for a success"

    company.erase("first")
    company.erase("second")

    assert company.lane("probe") == "third"
    assert company.take().event_id == "third"


def _erased(company: Company) -> None:
    company.erase("probe")


def _expired(company: Company) -> None:
    company.pass_time(23.5 * HOUR)
    company.sweep()


@pytest.mark.parametrize("end", [_erased, _expired])
def test_2_a_probe_that_is_gone_is_succeeded_by_the_oldest_held(
    open_company: OpenCompany, end: Callable[[Company], None]
) -> None:
    """A lane whose probe is erased or expires does not wait for the success that only the probe could bring."""
    company = open_company(Policy(down_after_failures=2, retention_ms=DAY_MS))
    company.record("probe")
    company.post(GONE)
    company.pass_time(HOUR)
    company.pause()
    company.record("held")
    company.resume()
    assert company.post(FAILED) == "probe"
    assert company.lane("probe") == "probe"
    company.letters.clear()

    end(company)

    assert company.lane("probe") == "held"
    assert company.post(ACCEPTED) == "held"


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


@pytest.mark.parametrize("end", [State.DELIVERED, State.REFUSED, State.EXPIRED, State.ERASED])
def test_4_each_of_the_four_ends_frees_what_waits_behind_an_event(open_company: OpenCompany, end: State) -> None:
    """The next completion of a learner and lesson goes when the one ahead is delivered, refused, expired or erased."""
    company = open_company(Policy(retention_ms=DAY_MS))
    company.record("first", learner="ann")
    company.pass_time(HOUR)
    company.record("second", learner="ann")
    if end is State.DELIVERED:
        company.post(ACCEPTED)
    elif end is State.ERASED:
        company.erase("first")
    elif end is State.EXPIRED:
        company.post(FAILED)
        company.letters.clear()
        company.pass_time(23.5 * HOUR)
        company.sweep()
    else:
        assert [company.post(FAILED) for _ in range(2)] == ["first", "first"]
        company.record("another")
        assert company.post(ACCEPTED) == "another"
        assert company.post(FAILED) == "first"
    assert company.state("first") is end

    assert company.post(ACCEPTED) == "second"


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


def test_7_a_countdown_that_fires_early_is_followed_by_another(company: Company) -> None:
    """It carries which wake it is, so that the ledger knows that it came, and arms the lane anew."""
    company.record("event")
    company.post(FAILED)
    [countdown] = company.countdowns
    company.letters.clear()
    company.pass_time(299)

    early = company.admit(countdown.event_id, countdown.wake_ms)

    assert early.delivery is None
    assert [wake.wake_ms for wake in early.wakes] == [countdown.wake_ms]
    assert 0 < early.wakes[0].delay_seconds <= 1
    assert company.take().attempt == 2


def test_8_the_wait_of_a_429_has_a_wake_of_its_own(company: Company) -> None:
    """Nothing is retrying, so nothing else would wake the lane when its wait is over."""
    company.grow(2)
    company.record("event")

    step = company.settle(company.take(), THROTTLED, retry_after=7)

    assert [wake.wake_ms - step.now_ms for wake in step.wakes] == [7_000]
    assert company.take().event_id == "event"
    assert company.now_ms >= step.now_ms + 7_000


def test_8_the_wait_of_max_per_second_has_a_wake_of_its_own(open_company: OpenCompany) -> None:
    """A lane of one event each ten seconds is woken for the next one, not left standing with it."""
    company = open_company(max_per_second=0.1)
    company.record("first")
    company.record("second")
    first = company.take()

    step = company.settle(first, ACCEPTED)

    assert not step.publish
    assert len(company.countdowns) == 1
    assert company.take().event_id == "second"


def test_9_a_429_is_judged_by_the_window_at_admission(company: Company) -> None:
    """Of eight in flight the first failure sets the window to 1; the other seven answers are not their events' fault."""
    company.grow(8)
    names = [f"event-{number}" for number in range(8)]
    for name in names:
        company.record(name)
    deliveries = [company.take() for _ in names]

    company.settle(deliveries[0], FAILED)
    for delivery in deliveries[1:]:
        company.settle(delivery, THROTTLED)

    assert company.attempts(names[0]) == 1
    assert [company.attempts(name) for name in names[1:]] == [0] * 7
    assert {company.state(name) for name in names[1:]} == {State.HELD}


def test_10_a_short_wait_leaves_the_long_countdown_outstanding(company: Company) -> None:
    """Outstanding wakes are a set: a wait of a second does not hide the countdown of 300, and adds no second one."""
    company.grow(2)
    company.record("failed")
    company.record("throttled")
    failed, throttled = company.take(), company.take()
    company.settle(failed, FAILED)
    company.settle(throttled, THROTTLED)
    assert len(company.countdowns) == 2

    assert company.post(ACCEPTED) == "throttled"

    assert [letter.event_id for letter in company.letters] == ["failed"]
    assert company.post(ACCEPTED) == "failed"
    assert not company.letters


def test_11_an_event_that_is_always_refused_pauses_its_company_once(company: Company) -> None:
    """Used up a second time, with another accepted in between, it is set aside and pauses nobody again."""
    company.record("bad")
    assert [company.post(FAILED) for _ in range(3)] == ["bad"] * 3
    assert company.paused
    company.record("good")
    assert company.post(ACCEPTED) == "good"

    assert [company.post(FAILED) for _ in range(3)] == ["bad"] * 3

    assert company.state("bad") is State.REFUSED
    assert not company.paused


def test_12_a_backlog_that_waits_in_the_broker_is_not_published_again(company: Company) -> None:
    """A slow worker is not a lost message: what was queued after the oldest message that waits is left alone."""
    company.record("event")
    [letter] = company.letters

    for _ in range(5):
        company.pass_time(60)
        company.sweep(oldest_waiting_ms=letter.arrives_ms)

    assert company.letters == [letter]


def test_12_a_lost_message_is_published_again_once_a_grace_and_the_grace_doubles(company: Company) -> None:
    """With nothing waiting in the broker the message is gone; each further one is given twice the time."""
    company.record("event")
    company.letters.clear()
    started = company.now_ms
    published = []

    for _ in range(40):
        company.pass_time(10)
        company.sweep()
        if company.letters:
            company.letters.clear()
            published.append(round((company.now_ms - started) / 10_000) * 10)

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
