"""The pace of a lane: it never uses more than its window, and less while its endpoint fails."""

import math
from itertools import pairwise

import pytest

from lessonhook.ledger import Policy, Recorded, State
from tests.support.people.company import ACCEPTED, FAILED, THROTTLED, Company, OpenCompany


def test_a_burst_never_has_more_in_the_queue_or_in_flight_than_the_window(company: Company) -> None:
    """Of 500 events at once one is published; the window grows to 8 and no further, and all arrive in order."""
    names = [f"event-{number:03}" for number in range(500)]
    for name in names:
        company.record(name)
    assert len(company.letters) == 1
    most = 0
    while company.letters:
        deliveries = [company.take() for _ in company.letters]
        most = max(most, company.slots)
        for delivery in deliveries:
            company.settle(delivery, ACCEPTED)
            assert company.slots <= int(company.lane("window")) <= 8

    assert most == 8
    assert [delivery.event_id for delivery in company.posts] == names


def test_nothing_more_goes_beside_a_post_that_hangs(company: Company) -> None:
    """If many endpoints begin to hang at once, each takes few of the shared slots."""
    company.grow(8)
    for name in ("hangs", "with it"):
        company.record(name)
    hanging = company.take()
    company.take()
    company.pass_time(1.1)

    assert company.record("later").recorded is Recorded.HELD
    step = company.settle(hanging, ACCEPTED)
    assert [message.event_id for message in step.publish] == ["later"]


def test_an_endpoint_that_takes_its_time_is_not_one_that_hangs(company: Company) -> None:
    """A POST may take twice as long as the last acceptance before the endpoint counts as hanging."""
    company.grow(8)
    company.record("slow")
    company.settle(company.take(), ACCEPTED, seconds=2.0)
    company.record("slow again")
    company.take()

    company.pass_time(3.9)
    assert company.record("beside it").recorded is Recorded.QUEUED
    company.pass_time(0.2)
    assert company.record("later").recorded is Recorded.HELD


def test_an_endpoint_that_responds_to_others_does_not_hang(company: Company) -> None:
    """One POST that hangs delays no other event while the endpoint responds to others."""
    company.grow(8)
    company.record("hangs")
    company.take()
    for number in range(3):
        company.pass_time(0.9)
        assert company.record(f"other-{number}").recorded is Recorded.QUEUED
        company.settle(company.take(), ACCEPTED)


def test_a_failure_takes_the_window_to_one(company: Company) -> None:
    """Events in flight end; nothing more is sent until one slot is free, and then one event at a time."""
    company.grow(4)
    for number in range(8):
        company.record(f"event-{number}")
    deliveries = [company.take() for _ in range(4)]

    company.settle(deliveries[0], FAILED)
    assert company.lane("window") == "1"
    for delivery in deliveries[1:3]:
        company.settle(delivery, FAILED)
    assert not [letter for letter in company.letters if letter.wake_ms is None], "one is still in flight"

    company.settle(deliveries[3], FAILED)
    assert [letter.event_id for letter in company.letters if letter.wake_ms is None] == ["event-4"]


def test_a_lane_that_is_down_is_probed_one_at_a_time(open_company: OpenCompany) -> None:
    """After ten failures in a row no event is sent for the first time; due retries are, each alone."""
    company = open_company(Policy(attempts=20))
    for number in range(30):
        company.record(f"event-{number:02}")
    assert [company.post(FAILED) for _ in range(10)] == [f"event-{number:02}" for number in range(10)]

    probes = []
    for _ in range(40):
        delivery = company.take()
        assert company.slots == 1
        company.settle(delivery, FAILED)
        probes.append(delivery.event_id)

    assert set(probes) == {f"event-{number:02}" for number in range(10)}
    assert {company.attempts(f"event-{number:02}") for number in range(10, 30)} == {0}


def test_a_lane_that_is_down_sends_its_due_retry_and_not_an_older_held_event(open_company: OpenCompany) -> None:
    """Held events keep their attempts; an event that failed already is the one that tests the endpoint."""
    company = open_company(Policy(down_after_failures=1))
    company.grow(2)
    company.record("held")
    company.record("retrying")
    held, retrying = company.take(), company.take()
    company.settle(held, THROTTLED)
    company.settle(retrying, FAILED)

    assert company.post(FAILED) == "retrying"
    assert company.state("held") is State.HELD


def test_a_fresh_event_of_a_lane_that_is_down_goes_where_the_slot_is_free(open_company: OpenCompany) -> None:
    """It can be the probe as well as a retry can, and does not wait for one."""
    company = open_company(Policy(down_after_failures=2))
    for name in ("first", "second", "third"):
        company.record(name)
    assert [company.post(FAILED) for _ in range(2)] == ["first", "second"]

    assert company.record("fresh").recorded is Recorded.QUEUED
    assert company.record("later").recorded is Recorded.HELD


def test_one_countdown_a_lane_however_many_events_failed(open_company: OpenCompany) -> None:
    """Pending retries take space in the ledger, not in a worker: one countdown at a time, for the earliest."""
    company = open_company(Policy(down_after_failures=100))
    names = [f"event-{number:02}" for number in range(30)]
    for name in names:
        company.record(name)
    for _ in names:
        company.post(FAILED)
        assert len(company.countdowns) == 1
    assert {state for _, state in company.states()} == {State.RETRYING}

    assert [company.post(FAILED) for _ in names] == names


def test_only_a_fresh_event_of_a_healthy_lane_goes_on_the_queue_of_first_attempts(company: Company) -> None:
    """It never waits behind a backlog that is released, nor behind a company whose last attempt failed."""
    company.record("first")
    company.record("second")
    assert [letter.queue for letter in company.letters] == ["completions"]
    company.settle(company.take(), FAILED)
    assert {letter.queue for letter in company.letters} == {"retries"}

    company.post(ACCEPTED)
    company.record("third")
    assert [letter.queue for letter in company.letters if letter.event_id == "third"] == ["completions"]


def test_a_429_at_a_window_above_one_spends_no_attempt(company: Company) -> None:
    """We were too fast: the window falls to 1, and the event is sent next, a second later."""
    company.grow(4)
    for name in ("throttled", "second", "third"):
        company.record(name)
    delivery = company.take()
    company.letters.clear()

    step = company.settle(delivery, THROTTLED)

    assert (step.state, step.attempts) == (State.HELD, 0)
    assert company.lane("window") == "1"
    assert int(company.lane("wait_until")) - step.now_ms == 1_000
    assert not step.publish


def test_a_429_at_a_window_of_one_is_a_failed_attempt(company: Company) -> None:
    """The lane is at its slowest already, so the response counts as a failed attempt of the event."""
    company.record("event")

    step = company.settle(company.take(), THROTTLED)

    assert (step.state, step.attempts) == (State.RETRYING, 1)


@pytest.mark.parametrize(
    ("asked_seconds", "kept_ms"), [(math.inf, 3_600_000), (1e308, 3_600_000), (math.nan, 1_000), (-5.0, 1_000)]
)
def test_a_wait_that_no_endpoint_can_ask_for_ends_in_the_limit_or_in_the_usual_one(
    company: Company, asked_seconds: float, kept_ms: int
) -> None:
    """A worker that failed over it would lose the outcome, and the company would get the event again."""
    company.grow(4)
    company.record("throttled")
    company.record("second")
    delivery = company.take()

    step = company.settle(delivery, THROTTLED, retry_after=asked_seconds)

    assert int(company.lane("wait_until")) - step.now_ms == kept_ms


def test_max_per_second_holds_over_a_backlog(open_company: OpenCompany) -> None:
    """Each delivery starts at least its share of a second after the one before, no matter which worker delivers it."""
    company = open_company(max_per_second=4)
    for number in range(40):
        company.record(f"event-{number:02}")
    starts = []
    while company.letters:
        delivery = company.take()
        starts.append(company.started_ms(delivery))
        company.settle(delivery, ACCEPTED)

    assert len(starts) == 40
    assert min(later - earlier for earlier, later in pairwise(starts)) >= 250
