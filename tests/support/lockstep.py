"""The scripts and the model, asked the same, one transition at a time; any disagreement is an AssertionError."""

from typing import Any

from lessonhook.ledger import Delivery, Kind, NoticeKind, Recorded, State, Step
from tests.support.company import Company, Letter
from tests.support.lane_model import LaneModel
from tests.support.lane_model_event import Answer, Event
from tests.support.lane_promises import (
    Attempts,
    Place,
    every_event_is_in_one_place,
    slots_stay_within_the_limit,
    what_is_posted_may_go,
)
from tests.support.ledger_probe import Probe, expected


class Lockstep:
    """A company's lane and its model; each method is a transition of both, and compares what they answer and hold."""

    def __init__(self, company: Company, **limits: Any) -> None:
        self.company = company
        self.model = LaneModel(company.policy)
        #: What workers have in hand: the delivery, and the model's token for it.
        self.hands: list[tuple[Delivery, int]] = []
        self.steps = 0
        #: False from the moment that a step is asked for until its answer is found right.
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
        answer = self.model.record(name, learner, completed_at, step.now_ms)
        if step.recorded in {Recorded.QUEUED, Recorded.HELD}:
            self._places[name] = Place(learner, completed_at, len(self._places))
        self._agree(step, name, answer)

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
        """End a POST that took so long."""
        event = self.model.events[delivery.event_id]
        unspent = kind is Kind.ACCEPTED or (kind is Kind.THROTTLED and event.window_at_admit > 1)
        spends = event.token == token and not event.erasing and not unspent
        step = self.company.settle(
            delivery, kind, retry_after=retry_after, seconds=seconds, in_place=in_place, may_pause=may_pause
        )
        if spends:
            self._attempts.failed(event.name, step.state, gone=kind is Kind.GONE, may_pause=may_pause)
        asked = None if retry_after is None else round(retry_after * 1000)
        answer = self.model.settle(
            event.name,
            token,
            kind,
            asked,
            step.now_ms,
            took=round(seconds * 1000),
            in_place=in_place,
            may_pause=may_pause,
        )
        self._agree(step, event.name, answer)

    def replayed(self, name: str, kind: Kind) -> None:
        """Write down a person's own POST of an event."""
        step = self.company.replayed(name, kind)
        self._agree(step, name, self.model.replayed(name, step.now_ms, accepted=kind is Kind.ACCEPTED))

    def sweep(self, oldest_waiting: int | None = None) -> None:
        """Sweep; where the ledger's sweep saw no need to look at the lane, no lease of it may be over."""
        asked_at = self.company.now_ms
        step = self.company.sweep(oldest_waiting)
        if step is None:
            assert all(event.lease_until > asked_at for event in self.events if event.state is State.DELIVERING)
            return
        answer = self.model.sweep(step.now_ms, oldest_waiting)
        for notice in step.notices:
            event = self.model.events.get(notice.event_id)
            if notice.kind is not NoticeKind.LEASE_LOST or event is None or event.final:
                continue
            if event.leases_lost >= self.company.policy.leases_lost_limit:
                self._attempts.failed(event.name, event.state)
        self._agree(step, None, answer)

    def pause(self) -> None:
        """Set the operator's pause."""
        step = self.company.pause()
        self.model.pause()
        self._agree(step, None, Answer())

    def resume(self) -> None:
        """Lift both pauses."""
        step = self.company.resume()
        self._agree(step, None, self.model.resume(step.now_ms))

    def erase(self, name: str) -> None:
        """Erase an event."""
        step = self.company.erase(name)
        self._agree(step, name, self.model.erase(name, step.now_ms))

    def subscribe(
        self, endpoint: str = "one", max_in_flight: int | None = None, max_per_second: float | None = None
    ) -> None:
        """Save the subscription."""
        step = self.company.subscribe(endpoint, max_in_flight, max_per_second)
        self._agree(step, None, self.model.subscribe(endpoint, max_in_flight, max_per_second, step.now_ms))

    def unsubscribe(self) -> None:
        """Remove the subscription."""
        self.company.ledger.unsubscribe(self.company.name)
        self.model.unsubscribe()

    def _agree(self, step: Step, name: str | None, answer: Answer) -> None:
        """Compare answer and state; then look at the promises without asking the model."""
        self.sound = False
        self.steps += 1
        event = self.model.events.get(name or "")
        known = event if answer.recorded is not Recorded.NO_SUBSCRIPTION else None
        assert step.state == (known.state if known else None)
        assert step.recorded == answer.recorded
        assert sorted((message.event_id, message.queue) for message in step.publish) == sorted(answer.published)
        assert [wake.wake_ms for wake in step.wakes] == answer.wakes
        self._agree_on_delivery(step.delivery, answer)
        seen = self._probe.seen(list(self.model.events))
        want = expected(self.model)
        differing = {fact: (seen[fact], want[fact]) for fact in want if seen[fact] != want[fact]}
        assert not differing, f"the ledger and the model differ: {differing}"
        every_event_is_in_one_place(seen, self._places)
        self._slots = slots_stay_within_the_limit(seen, self.company.policy, self.model.max_in_flight, self._slots)
        what_is_posted_may_go(step, seen, self._places)
        self._attempts.handed_out(step)
        self.sound = True

    def _agree_on_delivery(self, delivery: Delivery | None, answer: Answer) -> None:
        given = answer.delivery
        assert (delivery is None) == (given is None)
        if delivery and given:
            assert delivery.event_id == given.name
            assert delivery.body == given.name.encode()
            assert delivery.attempt == given.n + 1
            assert delivery.first == (given.posts == 1)
            assert round(delivery.wait_seconds * 1000) == answer.wait
            self.hands.append((delivery, given.token))
