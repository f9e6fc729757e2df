"""The wakes of a lane: cases that simpler rules miss, numbered as in the list of the rules."""

from tests.support.people.company import ACCEPTED, FAILED, THROTTLED, Company, OpenCompany


def test_7_a_countdown_that_fires_early_is_followed_by_another(company: Company) -> None:
    """The countdown names its wake, so that the ledger knows that it arrived, and sets the next one."""
    company.record("event")
    company.post(FAILED)
    [countdown] = company.countdowns
    company.letters.clear()
    company.pass_time(200)

    early = company.admit(countdown.event_id, countdown.wake_ms)

    assert early.delivery is None
    assert [wake.wake_ms for wake in early.wakes] == [countdown.wake_ms]
    assert 0 < early.wakes[0].delay_seconds <= 100
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
    """A lane of one event each ten seconds gets a wake for the next event, so that it does not stop."""
    company = open_company(max_per_second=0.1)
    company.record("first")
    company.record("second")
    first = company.take()

    step = company.settle(first, ACCEPTED)

    assert not step.publish
    assert len(company.countdowns) == 1
    assert company.take().event_id == "second"


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


def test_a_countdown_that_its_worker_lost_leaves_nothing_behind(company: Company) -> None:
    """The worker could not reach Redis; when it can, the wait is over, and the next sweep lets the event go."""
    company.grow(2)
    company.record("event")
    company.settle(company.take(), THROTTLED, retry_after=7)
    [countdown] = company.countdowns
    company.letters.clear()
    company.pass_time(8)

    company.unpublished(countdown.event_id)

    swept = company.sweep()
    assert swept is not None
    assert [message.event_id for message in swept.publish] == ["event"]
    assert company.take().event_id == "event"


def test_a_failing_lane_is_not_looked_at_before_its_retry_is_due(company: Company) -> None:
    """Its backlog waits for that retry; ten thousand such lanes cost the sweep nothing until then."""
    company.grow(2)
    for number in range(company.policy.down_after_failures + 1):
        company.record(f"event-{number}")
    for _ in range(company.policy.down_after_failures):
        company.post(FAILED)
    company.letters.clear()
    company.pass_time(company.policy.retry_delay_ms / 2_000)
    company.unpublished("event-0")

    assert company.sweep() is None
