"""Brings a customer's events into a state, by the transitions that workers make and without any POST."""

from typing import Any

from lessonhook.ledger import Delivery, Kind, Ledger, Outcome, Reason, State
from tests.support.people.customer import Customer

REFUSAL = Outcome(
    kind=Kind.FAILED, reason=Reason.STATUS, status=500, seconds=0.25, detail="500: the endpoint failed", response="oops"
)
ACCEPTANCE = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200, seconds=0.125, response="thanks")
GONE = Outcome(kind=Kind.GONE, reason=Reason.STATUS, status=410, seconds=0.25, detail="410: gone for good")


class Stored:
    """What workers would do with a customer's events."""

    def __init__(self, ledger: Ledger, customer: Customer) -> None:
        self._ledger = ledger
        self._customer = customer

    def delivered(self, learner: str | None = None, **fields: Any) -> str:
        """Publish an event and have it accepted; the lane must be free. Return its id, as all of these do."""
        return self._ended(ACCEPTANCE, State.DELIVERED, learner, fields)

    def retrying(self, learner: str | None = None, **fields: Any) -> str:
        """Publish an event and have it fail once."""
        return self._ended(REFUSAL, State.RETRYING, learner, fields)

    def pausing(self, learner: str | None = None, **fields: Any) -> str:
        """Publish an event and have it use up its attempts: it is held, and the customer paused."""
        return self._ended(GONE, State.HELD, learner, fields)

    def held(self, learner: str | None = None, **fields: Any) -> str:
        """Publish an event behind an operator's pause, which stays."""
        self._ledger.pause(self._customer.name)
        event_id = self._customer.publish(learner, **fields)
        assert self._customer.state(event_id) is State.HELD
        return event_id

    def refused(self, learner: str | None = None, **fields: Any) -> str:
        """Publish an event that is not accepted while two others are: the endpoint refuses this one only."""
        self.delivered()
        event_id, delivery = self.in_flight(learner, **fields)
        _, beside = self.in_flight()
        self.settle(beside)
        self.settle(delivery, GONE)
        assert self._customer.state(event_id) is State.REFUSED
        return event_id

    def in_flight(self, learner: str | None = None, **fields: Any) -> tuple[str, Delivery]:
        """Publish an event and have a worker take it."""
        event_id = self._customer.publish(learner, **fields)
        delivery = self._ledger.admit(self._customer.name, event_id).delivery
        assert delivery is not None
        assert delivery.event_id == event_id
        return event_id, delivery

    def settle(self, delivery: Delivery, outcome: Outcome = ACCEPTANCE) -> None:
        """Have the worker write down how its POST ended."""
        self._ledger.settle(
            self._customer.name, delivery.event_id, delivery.token, outcome, in_place=False, worker="worker1@test"
        )

    def _ended(self, outcome: Outcome, state: State, learner: str | None, fields: dict[str, Any]) -> str:
        event_id, delivery = self.in_flight(learner, **fields)
        self.settle(delivery, outcome)
        assert self._customer.state(event_id) is state
        return event_id
