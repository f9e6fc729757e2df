"""Decisions of the rules that could have been made differently, one test each."""

import pytest

from lessonhook.ledger import NoticeKind, Recorded, State
from tests.support.people.company import ACCEPTED, FAILED, GONE, THROTTLED, Company


def test_a_fresh_event_goes_as_soon_as_the_attempt_in_flight_has_ended(company: Company) -> None:
    """After an exhaustion "at once" means: the attempt that is in flight ends first, however it ends."""
    company.grow(2)
    company.record("exhausted")
    company.record("in flight")
    exhausted, in_flight = company.take(), company.take()
    company.settle(exhausted, GONE)
    # The endpoint accepted nothing since: the lane is paused while an attempt is still in flight.
    assert company.paused

    step = company.record("fresh")

    assert step.recorded is Recorded.HELD
    assert not step.publish
    assert [message.event_id for message in company.settle(in_flight, FAILED).publish] == ["fresh"]


def test_a_fresh_event_waits_for_a_retry_after(company: Company) -> None:
    """After an exhaustion "at once" means: not before the time that the endpoint itself asked for."""
    company.record("throttled")
    for _ in range(3):
        company.post(THROTTLED, retry_after=60)
    assert company.paused
    waits_until = int(company.lane("wait_until"))

    step = company.record("fresh")

    assert not company.paused
    assert step.recorded is Recorded.HELD
    assert company.take().event_id == "fresh"
    assert company.now_ms >= waits_until


def test_a_fresh_event_lifts_neither_pause_where_both_are_set(company: Company) -> None:
    """Only the operator lifts the operator's pause, and with it the exhaustion's pause beneath it."""
    company.record("exhausted")
    company.post(GONE)
    company.pause()

    step = company.record("fresh")

    assert step.recorded is Recorded.HELD
    assert not step.publish
    assert company.paused
    assert int(company.lane("paused_operator_at")) > 0


def test_resume_lifts_both_pauses_and_sends_the_oldest_first_and_alone(company: Company) -> None:
    """One call of `resume` is enough; the oldest undelivered event tests whether the endpoint is well again."""
    company.record("exhausted")
    company.post(GONE)
    company.pause()
    company.record("fresh")

    company.resume()

    assert not company.paused
    assert int(company.lane("paused_operator_at")) == 0
    assert [letter.event_id for letter in company.letters] == ["exhausted"]
    assert company.posts_until_quiet(ACCEPTED) == ["exhausted", "fresh"]


def test_resume_does_not_wait_for_the_oldest_events_retry(company: Company) -> None:
    """The probe is sent at once with a new set of attempts, though its next attempt was not due yet."""
    company.grow(2)
    company.record("retrying")
    company.record("exhausted")
    retrying, exhausted = company.take(), company.take()
    company.settle(retrying, FAILED)
    company.settle(exhausted, GONE)
    assert company.paused

    step = company.resume()

    assert [message.event_id for message in step.publish] == ["retrying"]
    company.letters = [letter for letter in company.letters if letter.wake_ms is None]
    assert company.take().attempt == 1


def test_what_is_published_under_an_operators_pause_is_held(company: Company) -> None:
    """Only the operator lifts it; then all events follow, oldest first."""
    company.pause()
    assert [company.record(name).recorded for name in ("first", "second", "third")] == [Recorded.HELD] * 3
    assert not company.letters

    company.resume()

    assert company.posts_until_quiet(ACCEPTED) == ["first", "second", "third"]


def test_an_event_queued_before_a_pause_is_held_when_its_message_comes(company: Company) -> None:
    """Nothing is posted while a lane is paused, and the attempt is not used."""
    company.record("queued")
    company.pause()

    assert company.posts_until_quiet(ACCEPTED) == []

    assert company.state("queued") is State.HELD
    assert company.attempts("queued") == 0


def test_an_event_queued_before_a_wait_is_held_when_its_message_comes(company: Company) -> None:
    """A `Retry-After` that arrived while the message was on its way applies to it too, and no attempt is used."""
    company.grow(2)
    company.record("throttled")
    company.record("queued")
    throttled = company.take()
    company.settle(throttled, THROTTLED, retry_after=60)
    waits_until = int(company.lane("wait_until"))

    assert company.admit("queued").delivery is None

    assert company.state("queued") is State.HELD
    company.letters = company.countdowns
    assert company.take().attempt == 1
    assert company.now_ms >= waits_until


def test_an_operators_pause_overtakes_a_lifting_that_was_not_announced(company: Company) -> None:
    """The next worker announces that a pause was lifted, but not under another pause: the notice would be wrong."""
    company.record("exhausted")
    company.post(GONE)
    company.record("fresh")
    company.pause()

    step = company.carry()

    assert step is not None
    assert not step.notices
    assert step.delivery is None


def test_a_pause_that_was_lifted_before_its_announcement_is_not_announced(company: Company) -> None:
    """Receivers get notices of the present state only, and never of an end without a beginning."""
    company.pause()
    company.resume()
    company.record("event")

    step = company.carry()

    assert step is not None
    assert not step.notices


def test_the_sweep_announces_an_operators_pause(company: Company) -> None:
    """Only the sweep opens a lane in which nothing happens; it does so at its next run."""
    company.pause()

    step = company.sweep()

    assert step is not None
    assert [(notice.kind, notice.why) for notice in step.notices] == [(NoticeKind.SUBSCRIBER_PAUSED, "an operator")]
    assert company.sweep() is None


def test_an_acceptance_under_an_operators_pause_is_no_resumption(company: Company) -> None:
    """It lifts the exhaustion's pause, and the operator's pause stays."""
    company.grow(2)
    for name in ("exhausted", "accepted"):
        company.record(name)
    exhausted, accepted = company.take(), company.take()
    company.settle(exhausted, GONE)
    company.pause()

    step = company.settle(accepted, ACCEPTED)

    assert not company.paused
    assert not step.notices


def test_a_lowered_max_in_flight_recalls_nothing(company: Company) -> None:
    """Events in flight end; no new slot is taken until fewer than the new limit are in use."""
    company.grow(3)
    for number in range(5):
        company.record(f"event-{number}")
    deliveries = [company.take() for _ in range(3)]

    company.subscribe(max_in_flight=1)

    assert company.slots == 3
    taken = []
    for delivery in deliveries:
        company.settle(delivery, ACCEPTED)
        taken.append(company.slots)
    assert taken == [2, 1, 1]
    assert company.posts_until_quiet(ACCEPTED) == ["event-3", "event-4"]


def test_the_due_retries_of_a_paused_lane_stay_retrying(company: Company) -> None:
    """A pause loses nothing: a retry that came due meanwhile keeps its count and is sent when the pause is lifted."""
    company.record("event")
    company.post(FAILED)
    company.pause()

    step = company.carry()

    assert step is not None
    assert step.delivery is None
    assert company.state("event") is State.RETRYING
    company.resume()
    assert company.take().attempt == 2


def test_an_older_completion_recorded_late_is_sent(company: Company) -> None:
    """The newer one was delivered before this one was known: the receiver compares `completed_at`."""
    company.record("newer", learner="ann", completed_at=200)
    company.post(ACCEPTED)

    company.record("older", learner="ann", completed_at=100)

    assert company.post(ACCEPTED) == "older"


def test_an_older_completion_recorded_in_time_goes_first(company: Company) -> None:
    """While the newer event waits for its retry, the older one is recorded and is sent before it."""
    company.record("newer", learner="ann", completed_at=200)
    company.post(FAILED)

    company.record("older", learner="ann", completed_at=100)

    assert company.posts_until_quiet(ACCEPTED) == ["older", "newer"]


def test_a_lane_without_a_subscription_stands_still_and_is_kept(company: Company) -> None:
    """Recorded events wait until the subscription is saved again; nothing new is stored meanwhile."""
    company.record("first")
    company.record("second")
    company.ledger.unsubscribe(company.name)

    assert company.record("third").recorded is Recorded.NO_SUBSCRIPTION
    assert company.posts_until_quiet(ACCEPTED) == []

    company.subscribe()
    assert company.posts_until_quiet(ACCEPTED) == ["first", "second"]


@pytest.mark.parametrize("what", ["failures_in_a_row", "wait_until"])
def test_a_changed_endpoint_forgets_the_old_ones_failures_and_waits(company: Company, what: str) -> None:
    """The failures in a row and the `Retry-After` of the old URL or token do not apply to the new one."""
    company.record("event")
    company.post(THROTTLED, retry_after=900)
    assert int(company.lane(what)) > 0

    company.subscribe(endpoint="two")

    assert int(company.lane(what)) == 0


def test_a_changed_endpoint_lifts_no_pause(company: Company) -> None:
    """A corrected token alone sends no backlog: a fresh event or an operator lifts the pause."""
    company.record("exhausted")
    company.post(GONE)

    company.subscribe(endpoint="two")

    assert company.paused
    assert not company.letters


def test_a_countdown_names_the_event_that_it_is_for(company: Company) -> None:
    """A task is retried only if the lane's next wake is for the task's own event."""
    company.grow(2)
    company.record("first")
    company.record("second")
    first, second = company.take(), company.take()

    own = company.settle(first, FAILED)
    assert [wake.event_id for wake in own.wakes] == ["first"]
    assert not company.settle(second, FAILED).wakes, "the lane is woken for the first one already"

    assert company.post(ACCEPTED) == "first"
    assert company.posts[-1].attempt == 2
    assert company.post(ACCEPTED) == "second"


def test_a_lease_that_ends_while_the_lane_waits_holds_its_event(company: Company) -> None:
    """Nothing is published for a lane that waits for a `Retry-After`; the wake at its end sends the event too."""
    company.grow(2)
    company.record("lost")
    company.record("throttled")
    lost, throttled = company.take(), company.take()
    company.settle(throttled, THROTTLED, retry_after=900)
    company.pass_time(lost.lease_seconds)

    step = company.sweep()

    assert step is not None
    assert not step.publish
    assert company.state("lost") is State.HELD
    assert company.posts_until_quiet(ACCEPTED) == ["lost", "throttled"]


def test_a_late_response_to_an_erased_event_is_not_recorded(company: Company) -> None:
    """It may repeat the body that was erased."""
    company.record("event")
    delivery = company.take()
    company.settle(delivery, ACCEPTED)
    company.ledger.erase("acme", "event")
    company.settle(delivery, ACCEPTED)
    assert not company.ledger.events.attempts("acme", "event")
