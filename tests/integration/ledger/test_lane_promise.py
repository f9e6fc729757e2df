"""What is promised to a company, as far as the ledger decides it: attempts, the pause, what follows, and the pace."""

from itertools import pairwise

import pytest

from lessonhook.ledger import Kind, NoticeKind, Policy, Recorded, State
from tests.support.company import ACCEPTED, FAILED, GONE, THROTTLED, Company, OpenCompany


class TestAttempts:
    """Three in all, 300 s apart, then the pause."""

    def test_three_attempts_300_seconds_apart(self, company: Company) -> None:
        """The first at once, the second and the third 300 s after the one before; then no more."""
        assert company.record("event").recorded is Recorded.QUEUED
        due = 0
        for attempt in (1, 2, 3):
            delivery = company.take()
            assert delivery.attempt == attempt
            assert company.now_ms >= due
            step = company.settle(delivery, FAILED)
            if attempt < 3:
                assert step.due_ms - step.now_ms == 300_000
                assert [wake.wake_ms for wake in step.wakes] == [step.due_ms]
            due = step.due_ms

        assert [delivery.first for delivery in company.posts] == [True, False, False]
        assert not company.letters

    def test_the_pause_is_set_after_the_third_failure_and_not_before(self, company: Company) -> None:
        """It comes with one notice, that names the event."""
        company.record("event")
        paused, notices = [], []
        for _ in range(3):
            step = company.settle(company.take(), FAILED)
            paused.append(company.paused)
            notices += [(notice.kind, notice.event_id) for notice in step.notices]

        assert paused == [False, False, True]
        assert notices == [(NoticeKind.SUBSCRIBER_PAUSED, "event")]

    def test_gone_uses_up_the_attempts_at_once(self, company: Company) -> None:
        """A 410 says that nobody will ever be there: the company is paused after one POST."""
        company.record("event")

        step = company.settle(company.take(), GONE)

        assert (step.state, step.attempts) == (State.HELD, 3)
        assert company.paused
        assert not company.letters

    @pytest.mark.parametrize(("asked", "waited"), [(5.0, 300), (900.0, 900), (7_200.0, 3_600)])
    def test_retry_after_moves_the_next_attempt_later(self, company: Company, asked: float, waited: int) -> None:
        """Never earlier than the schedule, and never later than an hour."""
        company.record("event")

        step = company.settle(company.take(), THROTTLED, retry_after=asked)

        assert step.due_ms - step.now_ms == waited * 1000
        assert company.attempts("event") == 1

    def test_an_event_that_is_refused_while_others_are_accepted_pauses_nobody(self, company: Company) -> None:
        """The endpoint is alive and refuses this event only: it is set aside, and said so once."""
        company.record("bad")
        company.record("good-1")
        assert [company.post(FAILED), company.post(ACCEPTED), company.post(FAILED)] == ["bad", "good-1", "bad"]
        company.record("good-2")
        assert company.post(ACCEPTED) == "good-2"

        step = company.settle(company.take(), FAILED)

        assert step.state is State.REFUSED
        assert [(notice.kind, notice.event_id) for notice in step.notices] == [(NoticeKind.EVENT_REFUSED, "bad")]
        assert not company.paused


class TestAFaultOfOurOwn:
    """When many fail at once it is us: nobody is paused, and nobody is hammered either."""

    @pytest.mark.parametrize(("attempts", "kind"), [(3, FAILED), (3, GONE), (1, FAILED)])
    def test_a_used_up_event_begins_a_new_count_a_delay_later(
        self, open_company: OpenCompany, attempts: int, kind: Kind
    ) -> None:
        """Its lane is not paused, and its endpoint is not tried again before the usual 300 s."""
        company = open_company(Policy(attempts=attempts))
        company.record("event")
        for _ in range(7):
            step = company.settle(company.take(), kind, may_pause=False)

            assert step.state is State.RETRYING
            assert step.due_ms - step.now_ms == 300_000
            assert not step.publish
            assert not company.paused

    def test_the_pause_comes_when_the_fault_is_no_longer_ours(self, company: Company) -> None:
        """After the fault the event has its three attempts, and they count."""
        company.record("event")
        for _ in range(3):
            company.settle(company.take(), FAILED, may_pause=False)

        assert [company.post(FAILED) for _ in range(3)] == ["event"] * 3
        assert company.paused


class TestAPersonsReplay:
    """A stored event is posted by hand: that is written down, and the lane and its pause stay as they are."""

    @pytest.fixture
    def paused(self, company: Company) -> Company:
        """Answer a company that was paused by its one event."""
        company.record("event")
        company.post(GONE)
        return company

    def test_an_accepted_replay_delivers_and_lifts_no_pause(self, paused: Company) -> None:
        """The endpoint has it; whether the lane goes on is for a fresh event or the operator to say."""
        assert paused.replayed("event", ACCEPTED).state is State.DELIVERED

        assert paused.paused
        paused.resume()
        assert paused.posts_until_quiet(ACCEPTED) == []

    def test_a_failed_replay_costs_no_attempt(self, paused: Company) -> None:
        """The event stays where it was, with the count that it had."""
        step = paused.replayed("event", FAILED)

        assert (step.state, step.attempts) == (State.HELD, 3)

    def test_a_replay_of_what_a_worker_has_in_hand_leaves_it_there(self, company: Company) -> None:
        """The worker says how it ended."""
        company.record("event")
        delivery = company.take()

        assert company.replayed("event", ACCEPTED).state is State.DELIVERING
        assert company.settle(delivery, FAILED).state is State.RETRYING


class TestAfterThePause:
    """Nothing is sent and nothing is lost; a fresh event clears the flag."""

    @pytest.fixture
    def paused(self, company: Company) -> Company:
        """Answer a company with five undelivered events, paused by the first."""
        for name in ("exhausted", "old-1", "old-2", "old-3", "old-4"):
            company.record(name)
        company.post(GONE)
        return company

    def test_nothing_goes_out_while_paused(self, paused: Company) -> None:
        """Messages and countdowns that come are taken up and put aside; each event keeps its count."""
        paused.pass_time(3_600)

        assert paused.posts_until_quiet(ACCEPTED) == []

        paused.sweep()
        assert not paused.letters
        assert {state for _, state in paused.states()} == {State.HELD}
        assert len(list(paused.states())) == 5

    def test_a_fresh_event_clears_the_flag_and_goes_first(self, paused: Company) -> None:
        """It alone is published; what is held waits for its success."""
        step = paused.record("fresh")

        assert step.recorded is Recorded.QUEUED
        assert [message.event_id for message in step.publish] == ["fresh"]
        assert not paused.paused
        carried = paused.carry()
        assert carried is not None
        assert [notice.kind for notice in carried.notices] == [NoticeKind.SUBSCRIBER_RESUMED]

    def test_held_events_follow_oldest_first_at_most_two_a_success(self, paused: Company) -> None:
        """A success gives its slot to the next, and opens one more."""
        paused.record("fresh")
        released = []
        while paused.letters:
            step = paused.settle(paused.take(), ACCEPTED)
            released.append([message.event_id for message in step.publish])

        assert [name for names in released for name in names] == ["exhausted", "old-1", "old-2", "old-3", "old-4"]
        assert max(len(names) for names in released) == 2

    def test_a_fresh_event_that_fails_has_its_own_three_attempts(self, paused: Company) -> None:
        """It is tried three times, alone, and pauses the company again."""
        paused.record("fresh")

        assert [paused.post(FAILED) for _ in range(3)] == ["fresh"] * 3

        assert paused.paused
        assert {state for _, state in paused.states()} == {State.HELD}

    def test_an_event_that_is_known_lifts_no_pause(self, paused: Company) -> None:
        """The same completion told twice is no sign of life."""
        assert paused.record("old-1").recorded is Recorded.DUPLICATE
        assert paused.paused

    def test_all_follow_however_many_were_used_up(self, open_company: OpenCompany) -> None:
        """Each of 200 events paused the company in its turn; one success brings them all, oldest first."""
        company = open_company(Policy(attempts=1))
        names = [f"event-{number:03}" for number in range(200)]
        for name in names:
            company.record(name)
            assert company.post(FAILED) == name
        assert company.paused

        company.record("fresh")

        assert [company.post(ACCEPTED) for _ in range(201)] == ["fresh", *names]

    def test_a_released_event_starts_a_new_count(self, paused: Company) -> None:
        """The event whose attempts were used up is tried three times more."""
        paused.record("fresh")
        assert [paused.post(ACCEPTED), paused.post(FAILED)] == ["fresh", "exhausted"]

        assert paused.posts[-1].attempt == 1
        assert paused.attempts("exhausted") == 1

    def test_two_completions_of_one_learner_and_lesson_stay_in_order_across_a_pause(self, company: Company) -> None:
        """A retake that lifts the pause waits: the completion before it goes in its stead, as the probe."""
        company.record("taken", learner="ann")
        company.post(GONE)

        step = company.record("retaken", learner="ann")

        assert not company.paused
        assert [message.event_id for message in step.publish] == ["taken"]
        assert company.posts_until_quiet(ACCEPTED) == ["taken", "retaken"]


class TestPace:
    """No lane gets more than its window, and a struggling one less."""

    def test_a_burst_never_has_more_in_the_queue_or_in_flight_than_the_window(self, company: Company) -> None:
        """Of 500 at once one is published; the window grows to 8 and no further, and all arrive, in order."""
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

    def test_a_lane_that_is_down_is_probed_one_at_a_time(self, open_company: OpenCompany) -> None:
        """After ten failures in a row nothing that was never tried goes out; due retries do, each alone."""
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

    def test_a_fresh_event_of_a_lane_that_is_down_goes_where_the_slot_is_free(self, open_company: OpenCompany) -> None:
        """It is as good a probe as a retry, and does not wait for one."""
        company = open_company(Policy(down_after_failures=2))
        for name in ("first", "second", "third"):
            company.record(name)
        assert [company.post(FAILED) for _ in range(2)] == ["first", "second"]

        assert company.record("fresh").recorded is Recorded.QUEUED
        assert company.record("later").recorded is Recorded.HELD

    def test_one_countdown_a_lane_however_many_events_failed(self, open_company: OpenCompany) -> None:
        """Pending retries cost the ledger's bytes, not a worker's memory: one countdown at a time, for the earliest."""
        company = open_company(Policy(down_after_failures=100))
        names = [f"event-{number:02}" for number in range(30)]
        for name in names:
            company.record(name)
        for _ in names:
            company.post(FAILED)
            assert len(company.countdowns) == 1
        assert {state for _, state in company.states()} == {State.RETRYING}

        assert [company.post(FAILED) for _ in names] == names

    def test_events_of_a_failing_lane_go_on_the_queue_of_retries(self, company: Company) -> None:
        """The slots that serve healthy companies are not spent on one whose last attempt failed."""
        company.record("first")
        company.record("second")
        assert [letter.queue for letter in company.letters] == ["completions"]
        company.settle(company.take(), FAILED)
        assert {letter.queue for letter in company.letters} == {"retries"}

        company.post(ACCEPTED)
        company.record("third")
        assert [letter.queue for letter in company.letters if letter.event_id == "third"] == ["completions"]

    def test_a_429_at_a_window_above_one_spends_no_attempt(self, company: Company) -> None:
        """Too fast was our fault: the window falls to 1, and the event is the next to go, a second later."""
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

    def test_a_429_at_a_window_of_one_is_a_failed_attempt(self, company: Company) -> None:
        """The lane is at its slowest: it is the event's attempt like any other."""
        company.record("event")

        step = company.settle(company.take(), THROTTLED)

        assert (step.state, step.attempts) == (State.RETRYING, 1)

    def test_max_per_second_holds_over_a_backlog(self, open_company: OpenCompany) -> None:
        """Each delivery starts at least its share of a second after the one before, whoever delivers it."""
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
