"""What a company is promised, as far as the ledger decides it: attempts, pause and recovery."""

import pytest

from lessonhook.ledger import Kind, NoticeKind, Policy, Recorded, State
from lessonhook.ledger.transitions.keys import key
from tests.support.people.company import ACCEPTED, FAILED, GONE, THROTTLED, Company, OpenCompany


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
        """It is announced by one notice that names the event."""
        company.record("event")
        paused, notices = [], []
        for _ in range(3):
            step = company.settle(company.take(), FAILED)
            paused.append(company.paused)
            notices += [(notice.kind, notice.event_id) for notice in step.notices]

        assert paused == [False, False, True]
        assert notices == [(NoticeKind.SUBSCRIBER_PAUSED, "event")]

    def test_gone_uses_up_the_attempts_at_once(self, company: Company) -> None:
        """A 410 means that the endpoint is gone for good, so the company is paused after one POST."""
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

    def test_an_event_that_is_refused_while_others_are_accepted_pauses_no_company(self, company: Company) -> None:
        """The endpoint is well and refuses this event only: it is set aside, with one notice."""
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
    """If many subscribers fail at once, the fault is ours: none is paused, and none gets more POSTs."""

    @pytest.mark.parametrize(("attempts", "kind"), [(3, FAILED), (3, GONE), (1, FAILED)])
    def test_it_goes_again_a_delay_later(self, open_company: OpenCompany, attempts: int, kind: Kind) -> None:
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
        """After the mass failure the event has three attempts again, and they count."""
        company.record("event")
        for _ in range(3):
            company.settle(company.take(), FAILED, may_pause=False)

        assert [company.post(FAILED) for _ in range(3)] == ["event"] * 3
        assert company.paused


class TestAPersonsReplay:
    """A person POSTs a stored event: that is recorded, and the lane and its pause stay as they are."""

    @pytest.fixture
    def paused(self, company: Company) -> Company:
        """Return a company that was paused by its one event."""
        company.record("event")
        company.post(GONE)
        return company

    def test_an_accepted_replay_delivers_and_lifts_no_pause(self, paused: Company) -> None:
        """The endpoint has it; only a fresh event or the operator lifts the pause."""
        assert paused.replayed("event", ACCEPTED).state is State.DELIVERED

        assert paused.paused
        paused.resume()
        assert paused.posts_until_quiet(ACCEPTED) == []

    def test_a_failed_replay_costs_no_attempt(self, paused: Company) -> None:
        """The event keeps its state and its count of attempts."""
        step = paused.replayed("event", FAILED)

        assert (step.state, step.attempts) == (State.HELD, 3)

    def test_a_replay_of_what_a_worker_has_in_hand_leaves_it_there(self, company: Company) -> None:
        """The worker records how it ended."""
        company.record("event")
        delivery = company.take()

        assert company.replayed("event", ACCEPTED).state is State.DELIVERING
        assert company.settle(delivery, FAILED).state is State.RETRYING


class TestAfterThePause:
    """Nothing is sent and nothing is lost; a fresh event clears the flag."""

    @pytest.fixture
    def paused(self, company: Company) -> Company:
        """Return a company with five undelivered events, paused by the first."""
        for name in ("exhausted", "old-1", "old-2", "old-3", "old-4"):
            company.record(name)
        company.post(GONE)
        return company

    def test_nothing_goes_out_while_paused(self, paused: Company) -> None:
        """Messages and countdowns that arrive send nothing, and each event keeps its count."""
        paused.pass_time(3_600)

        assert paused.posts_until_quiet(ACCEPTED) == []

        paused.sweep()
        assert not paused.letters
        assert {state for _, state in paused.states()} == {State.HELD}
        assert len(list(paused.states())) == 5

    def test_a_fresh_event_clears_the_flag_and_goes_first(self, paused: Company) -> None:
        """It alone is published; held events wait for its success."""
        step = paused.record("fresh")

        assert step.recorded is Recorded.QUEUED
        assert [message.event_id for message in step.publish] == ["fresh"]
        assert not paused.paused
        carried = paused.carry()
        assert carried is not None
        assert [notice.kind for notice in carried.notices] == [NoticeKind.SUBSCRIBER_RESUMED]

    def test_held_events_follow_oldest_first_at_most_two_a_success(self, paused: Company) -> None:
        """A success gives its slot to the next event, and opens one more."""
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
        """A completion that is published twice does not lift the pause."""
        assert paused.record("old-1").recorded is Recorded.DUPLICATE
        assert paused.paused

    def test_all_follow_however_many_were_used_up(self, open_company: OpenCompany) -> None:
        """Each of 200 events paused the company in turn; after one success all are sent, oldest first."""
        company = open_company(Policy(attempts=1))
        names = [f"event-{number:03}" for number in range(200)]
        for name in names:
            company.record(name)
            assert company.post(FAILED) == name
        assert company.paused

        company.record("fresh")

        assert [company.post(ACCEPTED) for _ in range(201)] == ["fresh", *names]

    def test_a_released_event_starts_a_new_count(self, paused: Company) -> None:
        """The exhausted event gets three more attempts."""
        paused.record("fresh")
        assert [paused.post(ACCEPTED), paused.post(FAILED)] == ["fresh", "exhausted"]

        assert paused.posts[-1].attempt == 1
        assert paused.attempts("exhausted") == 1

    def test_two_completions_of_one_learner_and_lesson_stay_in_order_across_a_pause(self, company: Company) -> None:
        """A retake that lifts the pause waits: the earlier completion of the pair is sent first, as the probe."""
        company.record("taken", learner="ann")
        company.post(GONE)

        step = company.record("retaken", learner="ann")

        assert not company.paused
        assert [message.event_id for message in step.publish] == ["taken"]
        assert company.posts_until_quiet(ACCEPTED) == ["taken", "retaken"]


def test_retries_that_came_due_together_go_in_record_order(company: Company) -> None:
    """A fast endpoint fails several within one millisecond; their ids say nothing of their age."""
    names = ["b-first", "a-second", "c-third"]
    for name in names:
        company.record(name)
    for _ in names:
        company.post(FAILED)
    due_at = company.ledger.redis.time()[0] * 1000 - 1
    lane = key("retries", company.name)
    with company.ledger.redis.pipeline() as pipe:
        for name in names:
            pipe.hset(key("event", company.name, name), "due_at", due_at)
            pipe.zadd(lane, {name: due_at})
        pipe.execute()
    assert [company.post(ACCEPTED) for _ in names] == names
