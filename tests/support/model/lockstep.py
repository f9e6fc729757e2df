"""The scripts and the model, asked the same, one transition at a time; any disagreement is an AssertionError."""

from collections.abc import Mapping
from typing import Any

from lessonhook.ledger import Delivery, Kind, Recorded, State, Step
from tests.support.model.lane import LaneModel
from tests.support.model.lane_event import Event, ModelStep
from tests.support.model.ledger_probe import Probe, expected
from tests.support.model.promises import (
    Attempts,
    Place,
    every_event_is_in_one_place,
    slots_stay_within_the_limit,
    what_is_live_goes_first,
    what_is_posted_may_go,
    what_waits_is_looked_at,
)
from tests.support.people.company import Company, Letter

#: What costs an event no attempt.
_UNSPENT = frozenset({Kind.ACCEPTED, Kind.NOT_STARTED, Kind.CRASHED})


class Lockstep:
    """A company's lane and its model; each method is a transition of both, and compares what they return and hold."""

    def __init__(self, company: Company, **limits: Any) -> None:
        self.company = company
        self.model = LaneModel(company.policy)
        #: What workers have in hand: the delivery, and the model's token for it.
        self.hands: list[tuple[Delivery, int]] = []
        self.steps = 0
        #: False from the moment that a step is asked for until its result is found right.
        self.sound = True
        self._probe = Probe(company.ledger, company.name)
        self._places: dict[str, Place] = {}
        self._attempts = Attempts(company.policy)
        self._slots = 0
        self.subscribe(**limits)

    @property
    def events(self) -> list[Event]:
        """Every event, in record order."""
        return list(self.model.events.values())

    def record(self, name: str, learner: str, completed_at: int) -> None:
        """Record a completion, fresh or known."""
        step = self.company.record(name, learner=learner, completed_at=completed_at)
        expected_step = self.model.record(name, learner, completed_at, step.now_ms)
        if step.recorded in {Recorded.QUEUED, Recorded.HELD, Recorded.SUPERSEDED}:
            self._places[name] = Place(learner, completed_at, len(self._places))
        self._agree(step, name, expected_step)

    def record_many(self, events: Mapping[str, tuple[str, int]], *, backfill: bool = False) -> None:
        """Record completions together: by their ids, the learner and the time of completion. One script does so."""
        step, recorded = self.company.record_many(dict(events), backfill=backfill)
        whole = ModelStep()
        for (name, (learner, completed_at)), what in zip(events.items(), recorded, strict=True):
            one = self.model.record(name, learner, completed_at, step.now_ms, backfill=backfill)
            # The script follows a clock that was set back once, before the first of them.
            self.model.latest = step.now_ms
            assert what == one.recorded
            if what in {Recorded.QUEUED, Recorded.HELD, Recorded.SUPERSEDED}:
                self._places[name] = Place(learner, completed_at, len(self._places))
            whole.published += one.published
            whole.wakes += one.wakes
        self._agree(step, None, whole)

    def admit(self, letter: Letter) -> None:
        """Hand a message to a worker."""
        step = self.company.admit(letter.event_id, letter.wake_ms)
        self._agree(step, letter.event_id, self.model.admit(letter.event_id, letter.wake_ms, step.now_ms))

    def settle(
        self,
        delivery: Delivery,
        token: int,
        kind: Kind,
        *,
        retry_after: float | None = None,
        seconds: float = 0.0,
        in_place: bool = True,
        may_pause: bool = True,
    ) -> None:
        """End a POST, which took this many seconds."""
        event = self.model.events[delivery.event_id]
        unspent = kind in _UNSPENT or (kind is Kind.THROTTLED and event.window_at_admit > 1)
        spends = event.token == token and not event.erasing and not unspent
        step = self.company.settle(
            delivery, kind, retry_after=retry_after, seconds=seconds, in_place=in_place, may_pause=may_pause
        )
        if spends and may_pause:
            self._attempts.failed(event.name, step.state, gone=kind is Kind.GONE)
        asked = None if retry_after is None else round(retry_after * 1000)
        expected_step = self.model.settle(
            event.name,
            token,
            kind,
            asked,
            step.now_ms,
            duration=round(seconds * 1000),
            in_place=in_place,
            may_pause=may_pause,
        )
        self._agree(step, event.name, expected_step)

    def replayed(self, name: str, kind: Kind) -> None:
        """Write down a person's own POST of an event."""
        step = self.company.replayed(name, kind)
        self._agree(step, name, self.model.replayed(name, step.now_ms, accepted=kind is Kind.ACCEPTED))

    def sweep(self, oldest_waiting: int | None = None, *, may_set_aside: bool = False) -> None:
        """Sweep; where the ledger's sweep saw no need to look at the lane, no lease of it may be over."""
        asked_at = self.company.now_ms
        step = self.company.sweep(oldest_waiting, may_set_aside=may_set_aside)
        if step is None:
            assert all(event.lease_until > asked_at for event in self.events if event.state is State.DELIVERING)
            return
        expected_step = self.model.sweep(step.now_ms, oldest_waiting, may_set_aside=may_set_aside)
        self._agree(step, None, expected_step)

    def unpublished(self, name: str) -> None:
        """Record that an event's message is gone."""
        step = self.company.unpublished(name)
        self._agree(step, None, self.model.unpublished(name, step.now_ms))

    def pause(self) -> None:
        """Set the operator's pause."""
        step = self.company.pause()
        self.model.pause(step.now_ms)
        self._agree(step, None, ModelStep())

    def resume(self) -> None:
        """Lift both pauses."""
        step = self.company.resume()
        self._agree(step, None, self.model.resume(step.now_ms))

    def set_backfill(self, *, stopped: bool) -> None:
        """Stop the events of the past, or let them go on."""
        step = self.company.set_backfill(stopped=stopped)
        self._agree(step, None, self.model.set_backfill(step.now_ms, stopped=stopped))

    def erase(self, name: str) -> None:
        """Erase an event."""
        step = self.company.erase(name)
        self._agree(step, name, self.model.erase(name, step.now_ms))

    def subscribe(
        self,
        endpoint: str = "one",
        max_in_flight: int | None = None,
        max_per_second: float | None = None,
        *,
        skips_late: bool = False,
        is_pull: bool = False,
    ) -> None:
        """Save the subscription."""
        step = self.company.subscribe(endpoint, max_in_flight, max_per_second, skips_late=skips_late, is_pull=is_pull)
        expected_step = self.model.subscribe(
            endpoint, max_in_flight, max_per_second, step.now_ms, skips_late=skips_late, is_pull=is_pull
        )
        self._agree(step, None, expected_step)

    def fetch(self, after: str, at_most: int) -> None:
        """Let the subscriber acknowledge what it fetched, and fetch what comes next."""
        fetched = self.company.fetch(after, at_most)
        assert fetched.step is not None
        expected_step, names = self.model.fetch(after, at_most, fetched.step.now_ms)
        assert [event.event_id for event in fetched.events] == names
        self._agree(fetched.step, None, expected_step)

    def drop(self, name: str) -> None:
        """End an event that nobody wants any more."""
        step = self.company.drop(name)
        self._agree(step, name, self.model.drop(name, step.now_ms))

    def unsubscribe(self) -> None:
        """Remove the subscription."""
        self.company.ledger.unsubscribe(self.company.name)
        self.model.unsubscribe()

    def set_clock_back(self, seconds: float) -> None:
        """Set Redis' clock back, and let a worker notice it as it sweeps."""
        attention = self.company.ledger.attention
        attention.follow_clock(self.company.now_ms)
        self.company.pass_time(-seconds)
        attention.follow_clock(self.company.now_ms)

    def _agree(self, step: Step, name: str | None, expected_step: ModelStep) -> None:
        """Compare result and state; then look at the promises without asking the model."""
        self.sound = False
        self.steps += 1
        event = self.model.events.get(name or "")
        known = event if expected_step.recorded is not Recorded.NO_SUBSCRIPTION else None
        assert step.state == (known.state if known else None)
        assert step.recorded == expected_step.recorded
        assert sorted((message.event_id, message.queue) for message in step.publish) == sorted(expected_step.published)
        assert [wake.wake_ms for wake in step.wakes] == expected_step.wakes
        self._agree_on_delivery(step.delivery, expected_step)
        seen = self._probe.seen(list(self.model.events))
        want = expected(self.model)
        differing = {fact: (seen[fact], want[fact]) for fact in want if seen[fact] != want[fact]}
        assert not differing, f"the ledger and the model differ: {differing}"
        every_event_is_in_one_place(seen, self._places)
        self._slots = slots_stay_within_the_limit(seen, self.company.policy, self.model.max_in_flight, self._slots)
        what_is_posted_may_go(step, seen, self._places)
        what_is_live_goes_first(step, seen)
        self._attempts.handed_out(step)
        goes_on_at = self.model.goes_on_at(step.now_ms)
        if goes_on_at is not None:
            what_waits_is_looked_at(self._probe.looked_at_ms(), step.now_ms, goes_on_at, self.company.policy)
        # What only looked at the lane leaves no trace in Redis, and the model cannot know that.
        self.model.latest = seen["latest"]
        self.sound = True

    def _agree_on_delivery(self, delivery: Delivery | None, expected_step: ModelStep) -> None:
        given = expected_step.delivery
        assert (delivery is None) == (given is None)
        if delivery and given:
            assert delivery.event_id == given.name
            assert delivery.body == given.name.encode()
            assert delivery.backfill == given.backfill
            assert delivery.attempt == given.failed_attempts + 1
            assert delivery.first == (given.posts == 1)
            assert round(delivery.wait_seconds * 1000) == expected_step.wait
            self.hands.append((delivery, given.token))
