"""What is our fault is charged to nobody: lost workers, crashes, and events that a worker could not begin to POST."""

import pytest

from lessonhook.ledger import Delivery, Kind, NoticeKind, Outcome, Policy, Reason, State
from tests.support.people.company import ACCEPTED, FAILED, Company, OpenCompany

LIMIT = Policy().workers_lost_limit


def lose_a_worker(company: Company, *, may_set_aside: bool = False) -> Delivery:
    """Hand the next event to a worker that is killed, and sweep after its lease."""
    delivery = company.take()
    company.pass_time(delivery.lease_seconds)
    company.sweep(may_set_aside=may_set_aside)
    return delivery


class TestALostWorker:
    """A lease that ends without a settle: a kill, a crash of the process, a machine that is gone."""

    def test_13_it_never_spends_an_attempt_and_never_pauses(self, company: Company) -> None:
        """However often: a crash loop of our workers is no failure of the company."""
        company.record("event")
        for _ in range(3 * LIMIT):
            assert lose_a_worker(company).attempt == 1

        assert not company.paused
        assert company.lane("failures_in_a_row") in {"", "0"}
        assert company.post(ACCEPTED) == "event"
        assert company.state("event") is State.DELIVERED

    def test_an_event_whose_workers_are_lost_again_and_again_waits_longer(self, company: Company) -> None:
        """From the fifth on, the next worker takes it a retry delay later, so that it takes few workers down."""
        company.record("event")
        for _ in range(LIMIT):
            lose_a_worker(company)

        event = company.ledger.events.get("acme", "event")
        assert event is not None
        assert event.state is State.RETRYING
        assert event.failed_attempts == 0
        assert not [letter for letter in company.letters if letter.wake_ms is None]

    def test_it_is_set_aside_while_others_are_delivered(self, company: Company) -> None:
        """The workers are well, so this event is the fault: a person sees why, and can replay it."""
        company.record("poison")
        company.record("next")
        for _ in range(LIMIT - 1):
            lose_a_worker(company, may_set_aside=True)
        company.take()
        company.pass_time(Policy().lease_ms / 1000)
        step = company.sweep(may_set_aside=True)

        assert step is not None
        refused = [notice for notice in step.notices if notice.kind is NoticeKind.EVENT_REFUSED]
        assert [notice.why for notice in refused] == [f"crash: its worker was lost, {LIMIT} times in a row"]
        event = company.ledger.events.get("acme", "poison")
        assert event is not None
        assert (event.state, event.closed_because) == (State.REFUSED, refused[0].why)
        assert not company.paused
        assert company.post(ACCEPTED) == "next"

    def test_a_post_that_ends_begins_the_count_of_lost_workers_anew(self, company: Company) -> None:
        """Whatever the response was, a worker got through with the event."""
        company.record("event")
        for _ in range(LIMIT - 1):
            lose_a_worker(company, may_set_aside=True)
        company.post(FAILED)
        for _ in range(LIMIT - 1):
            lose_a_worker(company, may_set_aside=True)

        assert company.state("event") is State.QUEUED


class TestACrashOverAnEvent:
    """The worker lives, but its own code failed over the POST or the response."""

    def test_it_counts_as_a_lost_worker_and_not_as_an_attempt(self, company: Company) -> None:
        """Each is a retry delay after the one before; the last sets the event aside."""
        company.record("event")
        for _ in range(LIMIT - 1):
            step = company.settle(company.take(), Kind.CRASHED)
            assert (step.state, step.attempts) == (State.RETRYING, 0)
            assert step.due_ms - step.now_ms == Policy().retry_delay_ms

        assert company.settle(company.take(), Kind.CRASHED).state is State.REFUSED
        assert not company.paused

    def test_a_crash_over_everybodys_events_sets_nothing_aside(self, company: Company) -> None:
        """During a mass failure the fault is in our release, and not in an event."""
        company.record("event")
        for _ in range(3 * LIMIT):
            assert company.settle(company.take(), Kind.CRASHED, may_pause=False).state is State.RETRYING


class TestGivingBack:
    """A worker that cannot begin a POST gives the event back."""

    def test_it_costs_nothing_and_the_event_goes_again_first(self, company: Company) -> None:
        """No attempt, no failure of the lane, the lease ends at once, and the event keeps its place."""
        company.grow(3)
        company.record("first")
        company.record("second")

        step = company.settle(company.take(), Kind.NOT_STARTED)

        assert (step.state, step.attempts) == (State.HELD, 0)
        assert company.lane("failures_in_a_row") in {"", "0"}
        assert company.lane("window") == "3"
        assert not company.ledger.events.attempts("acme", "first")
        assert [company.post(ACCEPTED) for _ in range(2)] == ["first", "second"]

    def test_the_lane_says_why_until_a_post_has_ended(self, company: Company) -> None:
        """A person sees that the endpoint is not the fault, also between two tries; and no longer than it is true."""
        company.record("event")
        delivery = company.take()
        lost = Outcome(kind=Kind.NOT_STARTED, reason=Reason.CRASH, detail="no token")
        company.keep(company.ledger.settle("acme", delivery.event_id, delivery.token, lost, in_place=False))

        assert company.ledger.lanes.status("acme").given_back == "no token"
        company.pass_time(60)
        assert company.ledger.lanes.status("acme").given_back == "no token"
        company.post(FAILED)
        assert company.ledger.lanes.status("acme").given_back == ""

    def test_the_lane_waits_for_a_moment_and_longer_each_time(self, company: Company) -> None:
        """So that workers that cannot do their work do not hand an event round in a circle."""
        company.record("event")
        waits = []
        for _ in range(8):
            company.settle(company.take(), Kind.NOT_STARTED)
            waits.append(round((int(company.lane("wait_until")) - company.now_ms) / 1000))

        assert waits == [1, 2, 4, 8, 16, 32, 32, 32]

    def test_a_worker_that_knows_when_it_has_room_says_so(self, company: Company) -> None:
        """Then the lane waits for just as long, however often the event was given back."""
        company.record("event")
        waits = []
        for again_after in (0.5, 20.0, 3.0):
            step = company.settle(company.take(), Kind.NOT_STARTED, retry_after=again_after)
            waits.append(int(company.lane("wait_until")) - step.now_ms)

        assert waits == [500, 20_000, 3_000]

    def test_it_costs_no_turn_of_max_per_second(self, open_company: OpenCompany) -> None:
        """A company that takes one POST a minute is not a minute late for a moment's shortage of ours."""
        company = open_company(max_per_second=1 / 60)
        company.record("event")
        given_back_at = company.settle(company.take(), Kind.NOT_STARTED).now_ms
        company.take()

        assert company.now_ms - given_back_at < 30_000

    def test_the_turn_of_a_later_post_is_kept(self, open_company: OpenCompany) -> None:
        """Its POST is under way, so the next one has to wait for as long as the pace says."""
        company = open_company(max_per_second=2)
        company.grow(2)
        company.record("first")
        company.record("second")
        first, second = company.take(), company.take()
        began_at = company.now_ms + round(second.wait_seconds * 1000)
        company.settle(first, Kind.NOT_STARTED)
        again = company.take()

        assert company.now_ms + round(again.wait_seconds * 1000) - began_at >= 500 - 1

    def test_a_retry_stays_a_retry(self, company: Company) -> None:
        """It has the attempts that it had, and goes before what is held."""
        company.record("event")
        company.post(FAILED)
        step = company.settle(company.take(), Kind.NOT_STARTED)

        assert (step.state, step.attempts) == (State.RETRYING, 1)
        assert company.take().attempt == 2

    def test_a_late_giving_back_changes_nothing(self, company: Company) -> None:
        """The lease is over, and another worker has the event."""
        company.record("event")
        late = company.take()
        company.pass_time(late.lease_seconds)
        company.sweep()

        assert company.settle(late, Kind.NOT_STARTED).state is State.QUEUED

    def test_an_event_erased_meanwhile_is_erased(self, company: Company) -> None:
        """It does not come back."""
        company.record("event")
        delivery = company.take()
        company.erase("event")

        assert company.settle(delivery, Kind.NOT_STARTED).state is State.ERASED


class TestAMassFailure:
    """While many fail at once, nothing is charged for what may be ours."""

    def test_no_event_is_refused(self, company: Company) -> None:
        """Not even one whose endpoint accepts others, which is refused at other times."""
        company.grow(2)
        company.record("event")
        for _ in range(2):
            company.post(FAILED)
        company.record("other")
        assert company.post(ACCEPTED) == "other"

        assert company.settle(company.take(), FAILED, may_pause=False).state is State.RETRYING

    @pytest.mark.parametrize("kind", [FAILED, Kind.GONE, Kind.THROTTLED])
    def test_a_failure_costs_no_attempt(self, open_company: OpenCompany, kind: Kind) -> None:
        """After it, the event has all the attempts that it had."""
        company = open_company(Policy(attempts=2))
        company.record("event")
        for _ in range(5):
            step = company.settle(company.take(), kind, may_pause=False)
            assert (step.state, step.attempts) == (State.RETRYING, 0)
        company.post(FAILED)

        assert company.state("event") is State.RETRYING
        assert not company.paused
