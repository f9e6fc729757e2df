"""The scripts on a real server follow the rules, step for step, in any order of events and faults."""

from typing import ClassVar, TypeVar

import pytest
import redis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from lessonhook.ledger import Kind, Policy
from tests.support.hypothesis_profiles import profile
from tests.support.model.ledger_probe import expected
from tests.support.model.lockstep import Lockstep
from tests.support.people.company import ACCEPTED, FAILED, GONE, THROTTLED, Company

_ANY = st.integers(min_value=0, max_value=999)
#: Responses in a row: an event is exhausted only by failures with no acceptance between.
_RUNS = st.lists(
    st.sampled_from(
        [
            [ACCEPTED],
            [FAILED],
            [FAILED] * 3,
            [FAILED, THROTTLED],
            [GONE],
            [FAILED] * 7,
            [THROTTLED],
            [ACCEPTED] * 3,
            [Kind.NOT_STARTED] * 2,
            [Kind.CRASHED] * 2,
        ]
    ),
    min_size=1,
    max_size=5,
).map(lambda runs: [kind for run in runs for kind in run])
_MOSTLY = st.sampled_from([True, True, False, True])
#: At once; so long that a silence of the default length is none.
_TOOK = st.sampled_from([0.0, 0.1, 2.0])
_SELDOM = st.sampled_from([False, False, True])
_RETRY_AFTER = st.sampled_from([None, 0.0, None, 900.0, 5.0, 7_200.0, None])
#: Below a second; a pace; a lease; a message that is gone; a retry; an hour.
_SECONDS = st.sampled_from([0.4, 1.1, 2.6, 5.5, 26.0, 31.0, 299.0, 300.5, 301.0, 3_700.0])
_BY_HAND = [
    "erase",
    "pause",
    "erase",
    "subscribe",
    "month",
    "resume",
    "unsubscribe",
    "erase",
    "repeat",
    "replay",
    "pause",
    "drop",
    "subscribe",
]
#: Longer than an undelivered event is kept.
_MONTH_SECONDS = 31.0 * 24 * 3_600
#: Longer than a lease.
_LEASE_OVER_SECONDS = 26.0
#: Longer than any lease can have left.
_LEASES_OVER_SECONDS = 60.0
#: While the lane recovers: ten minutes from one look to the next.
_LOOK_EVERY_SECONDS = 600.0
#: One sweep looks at 64 overdue events of a lane, and leaves the others to the next; the model looks at all.
_EVENTS_AT_MOST = 40
_STEPS_AT_LEAST = 2_000
T = TypeVar("T")


class LaneMachine(RuleBasedStateMachine):
    """One lane under every kind of fault; the model gets the same calls and must agree on reply and state.

    A rule that finds nothing to do does nothing: what is drawn must not hang on the server's own milliseconds.
    """

    client: ClassVar[redis.Redis]
    steps: ClassVar[int] = 0

    @initialize(
        down_after=st.sampled_from([2, 10]),
        max_in_flight=st.sampled_from([2, 8]),
        per_second=st.sampled_from([None, None, 2.0, 0.4]),
        accepted_before=st.integers(0, 8),
        spent_before=st.booleans(),
    )
    def begin(
        self, down_after: int, max_in_flight: int, per_second: float | None, accepted_before: int, spent_before: bool
    ) -> None:
        """Subscribe a company, on an empty server; let an event be exhausted once, or let the window grow a little."""
        self.client.flushdb()
        policy = Policy(down_after_failures=down_after, max_in_flight=max_in_flight, workers_lost_limit=2)
        self.per_second = per_second
        self.company = Company(self.client, policy, max_per_second=per_second)
        self.lane = Lockstep(self.company, max_per_second=per_second)
        if spent_before:
            self.publish([""], 1)
            self.work([FAILED] * policy.attempts, may_pause=True)
            # A fresh one is accepted; the other has all its attempts again, for the second time.
            self.publish([""], 1)
            self.work([ACCEPTED], may_pause=True)
        for _ in range(accepted_before):
            self.publish([""], 1)
            self.work([ACCEPTED], may_pause=True)

    @rule(learners=st.lists(st.sampled_from(["", "ann", "bob", ""]), min_size=1, max_size=6), completed_at=_ANY)
    def publish(self, learners: list[str], completed_at: int) -> None:
        """Record fresh completions, of learners with others or of one alone, in any order of completion."""
        for position, learner in enumerate(learners[: _EVENTS_AT_MOST - len(self.lane.events)]):
            name = f"e{len(self.lane.events):03}"
            self.lane.record(name, learner or name, (completed_at >> position) % 3)

    @rule(learners=st.lists(st.sampled_from(["", "ann", "bob", ""]), min_size=1, max_size=6), completed_at=_ANY)
    def publish_together(self, learners: list[str], completed_at: int) -> None:
        """Record fresh completions by one script."""
        events, before = {}, len(self.lane.events)
        for position, learner in enumerate(learners[: _EVENTS_AT_MOST - before]):
            name = f"e{before + position:03}"
            events[name] = (learner or name, (completed_at >> position) % 3)
        if events:
            self.lane.record_many(events)

    @rule(learners=st.lists(st.sampled_from(["", "ann", "bob", ""]), min_size=1, max_size=4), completed_at=_ANY)
    def backfill(self, learners: list[str], completed_at: int) -> None:
        """Record completions of the past, of learners with others or of one alone."""
        events, before = {}, len(self.lane.events)
        for position, learner in enumerate(learners[: _EVENTS_AT_MOST - before]):
            name = f"e{before + position:03}"
            events[name] = (learner or name, (completed_at >> position) % 3)
        if events:
            self.lane.record_many(events, backfill=True)

    @rule(stopped=_SELDOM)
    def stop_the_past(self, stopped: bool) -> None:
        """Stop the past, or let it go on."""
        self.lane.set_backfill(stopped=stopped)

    @rule(which=_ANY, repeated=st.booleans())
    def deliver_any(self, which: int, repeated: bool) -> None:
        """Hand a worker any message, early or late; it may come again."""
        if self.company.letters:
            letter = pick(self.company.letters, which)
            if not repeated:
                self.company.letters.remove(letter)
            self.lane.admit(letter)

    @rule(times=st.integers(1, 8))
    def deliver_next(self, times: int) -> None:
        """Hand workers the messages that come next, when they come; their POSTs have not ended yet."""
        for _ in range(times):
            letter = self.company.next_letter()
            if letter:
                self.lane.admit(letter)

    @rule(kinds=_RUNS, retry_after=_RETRY_AFTER, seconds=_TOOK, in_place=st.booleans(), may_pause=_MOSTLY)
    def settle(
        self, kinds: list[Kind], retry_after: float | None, seconds: float, in_place: bool, may_pause: bool
    ) -> None:
        """End the POSTs that began last, and those that are handed out in place for it."""
        for kind in kinds:
            if self.lane.hands:
                hand = self.lane.hands.pop()
                self.lane.settle(
                    *hand, kind, retry_after=retry_after, seconds=seconds, in_place=in_place, may_pause=may_pause
                )

    @rule(kinds=_RUNS, may_pause=_MOSTLY)
    def work(self, kinds: list[Kind], may_pause: bool) -> None:
        """Deliver and end POSTs in turn, time passing as countdowns ask for."""
        for kind in kinds:
            if not self.lane.hands:
                self.deliver_next(1)
            self.settle([kind], None, 0.1, in_place=True, may_pause=may_pause)

    @rule(which=_ANY, kind=st.sampled_from(Kind), retry_after=_RETRY_AFTER, in_place=st.booleans(), frozen=_SELDOM)
    def settle_any(self, which: int, kind: Kind, retry_after: float | None, in_place: bool, frozen: bool) -> None:
        """End any POST that was not settled, even if its lease is over; it may be settled again.

        Of a worker that was frozen, the lease is over, and another has taken the lane up.
        """
        if self.lane.hands:
            hand = pick(self.lane.hands, which)
            if frozen:
                self.pass_time(_LEASES_OVER_SECONDS, "honest")
                self.deliver_next(2)
            self.lane.settle(*hand, kind, retry_after=retry_after, in_place=in_place)

    @rule(which=_ANY, crash=st.booleans(), told_after=st.sampled_from([None, 0.0, 2.6, 301.0]))
    def lose(self, which: int, crash: bool, told_after: float | None) -> None:
        """Lose a worker in the middle of a POST, or a message, of which a worker may tell some seconds later."""
        if crash and self.lane.hands:
            self.lane.hands.remove(pick(self.lane.hands, which))
        elif self.company.letters:
            lost = pick(self.company.letters, which)
            self.company.letters.remove(lost)
            if told_after is not None:
                # A worker takes it when it comes.
                self.company.pass_time(max(0.0, (lost.arrives_ms - self.company.now_ms) / 1000) + told_after)
                self.lane.unpublished(lost.event_id)

    @rule(seconds=_SECONDS, broker=st.sampled_from(["honest", "silent", "empty"]), may_set_aside=_SELDOM)
    def pass_time(self, seconds: float, broker: str, may_set_aside: bool = False) -> None:
        """Let time pass and a sweep come, with what the broker says of the messages that wait in it."""
        self.company.pass_time(seconds)
        waiting = [letter.arrives_ms for letter in self.company.letters if letter.wake_ms is None]
        oldest = {"honest": min(waiting, default=None), "silent": 0, "empty": None}[broker]
        self.lane.sweep(oldest, may_set_aside=may_set_aside)

    @rule(seconds=st.sampled_from([0.3, 5.0, 3_600.0]))
    def set_clock_back(self, seconds: float) -> None:
        """Let Redis' clock step back: by less than matters, by seconds, by an hour."""
        self.lane.set_clock_back(seconds)

    @rule(kind=st.sampled_from(Kind), in_place=st.booleans())
    def freeze(self, kind: Kind, in_place: bool) -> None:
        """Freeze a worker in the middle of a POST until another one has its event, or has had it; let it go on then."""
        if self.lane.hands:
            hand = self.lane.hands[-1]
            self.pass_time(_LEASE_OVER_SECONDS, "honest")
            self.deliver_next(8)
            self.lane.hands.remove(hand)
            self.lane.settle(*hand, kind, in_place=in_place)

    @rule(meanwhile=st.sampled_from(["nothing", "pause", "erase"]))
    def lose_all_workers(self, meanwhile: str) -> None:
        """Lose every worker; just then an operator pauses the lane, or erases what was in flight."""
        if self.lane.hands:
            delivery, _ = self.lane.hands[-1]
            self.lane.hands.clear()
            if meanwhile == "pause":
                self.lane.pause()
            elif meanwhile == "erase":
                self.lane.erase(delivery.event_id)
            self.pass_time(_LEASE_OVER_SECONDS, "honest")

    @rule(times=st.integers(1, 4), broker=st.sampled_from(["empty", "silent"]))
    def lose_all_messages(self, times: int, broker: str) -> None:
        """Empty the broker again and again, before all messages are there again; it reports that or it can't."""
        for _ in range(times):
            self.company.letters.clear()
            self.pass_time(_LEASE_OVER_SECONDS, broker)

    @rule()
    def grow_old_in_flight(self) -> None:
        """Let the retention of events end while one of them is being posted."""
        self.company.pass_time(_MONTH_SECONDS - 24 * 3_600 - 10)
        self.deliver_next(1)
        self.pass_time(11.0, "honest")

    @rule(what=st.sampled_from(_BY_HAND), which=_ANY, max_in_flight=st.sampled_from([None, 1, 4]))
    def by_hand(self, what: str, which: int, max_in_flight: int | None) -> None:
        """Resume a stopped lane; otherwise let a person act, an LMS publish again, or a month pass."""
        lane = self.lane
        open_events = [event for event in lane.events if not event.final]
        in_flight = [event for event in open_events if event.in_slot]
        if not lane.model.subscribed or what == "subscribe":
            endpoint = ("one", "two")[which % 2]
            lane.subscribe(endpoint, max_in_flight, self.per_second, skips_late=which % 3 == 0, is_pull=which % 5 == 0)

        elif lane.model.paused_operator or what == "resume":
            lane.resume()
        elif what == "pause":
            lane.pause()
        elif what == "unsubscribe":
            lane.unsubscribe()
        elif what == "month":
            self.company.pass_time(_MONTH_SECONDS)
        elif lane.events and what == "erase":
            lane.erase(pick((in_flight if which % 2 else []) or open_events or lane.events, which).name)
        elif lane.events and what == "replay":
            lane.replayed(pick(open_events or lane.events, which).name, (ACCEPTED, FAILED)[which % 2])
        elif lane.events and what == "drop":
            lane.drop(pick(open_events or lane.events, which).name)
        elif lane.events and what == "repeat":
            event = pick(lane.events, which)
            lane.record(event.name, event.pair, event.completed_at)

    @rule(last=_ANY, at_most=st.integers(1, 4), times=st.integers(1, 3))
    def fetch(self, last: int, at_most: int, times: int) -> None:
        """Let a subscriber that pulls acknowledge anything, handed out or not, and fetch on."""
        for time in range(times if self.lane.model.is_pull else 0):
            self.lane.fetch(pick(["", *self.lane.model.events], last + time), at_most)

    def teardown(self) -> None:
        """Once the faults are over and the endpoint accepts, every event that is not refused is delivered."""
        if not hasattr(self, "lane") or not self.lane.sound:
            return
        LaneMachine.steps += self.lane.steps
        self.end_all_faults()
        for _ in range(50 + 20 * len(self.lane.events)):
            while self.company.letters or self.lane.hands:
                self.work([ACCEPTED], may_pause=True)
            if all(event.final for event in self.lane.events):
                return
            self.company.pass_time(_LOOK_EVERY_SECONDS)
            self.lane.sweep()
        raise AssertionError(f"the lane stands still: {expected(self.lane.model)}, {self.company.letters}")

    def end_all_faults(self) -> None:
        """Drop the workers that hang, and lift the pauses, by hand or by a fresh event."""
        self.lane.hands.clear()
        self.lane.subscribe("one", max_per_second=self.per_second)
        self.company.pass_time(_LEASES_OVER_SECONDS)
        self.lane.sweep()
        self.lane.set_backfill(stopped=False)
        if self.lane.model.paused_operator:
            self.lane.resume()
        elif self.lane.model.paused_exhausted:
            self.lane.record("fresh", "fresh", 1)


def pick(items: list[T], which: int) -> T:
    """Return one of them."""
    return items[which % len(items)]


# A bound for a hang: a machine with a load of 40 took over ten minutes.
@pytest.mark.timeout(3_600)
def test_the_scripts_and_the_model_agree_step_for_step(redis_client: redis.Redis) -> None:
    """In any order of events: same replies, same state, every promise kept, and all is delivered at the end."""
    LaneMachine.client, LaneMachine.steps = redis_client, 0
    run_state_machine_as_test(LaneMachine, settings=profile())
    assert LaneMachine.steps >= _STEPS_AT_LEAST
