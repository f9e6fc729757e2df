"""Drops undelivered events that nobody wants any more: counted first, each with the reason."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.desk.views.document import Document
from lessonhook.ledger import State

if TYPE_CHECKING:
    from lessonhook.desk.resources import Resources

#: The states of an event that can be dropped; one in flight is left to its worker.
_DROPPABLE = (State.QUEUED, State.RETRYING, State.HELD)


class Dropped(Document):
    """What was dropped, or would be."""

    #: Events by the state in which they were found.
    by_state: dict[State, int]

    @property
    def events(self) -> int:
        """How many events they are."""
        return sum(self.by_state.values())


@redis_errors_named
class Dropping:
    """The undelivered events of one subscriber that were recorded up to a moment; None for all of them."""

    def __init__(self, resources: "Resources", subscriber: str, before: datetime | None) -> None:
        self._publish = resources.publish
        self._ledger = resources.ledger
        self._subscriber = subscriber
        self._before = before

    def count(self) -> Dropped:
        """Return what `drop` would end, and change nothing."""
        return Dropped(by_state=dict(Counter(state for _, state in self._find())))

    def drop(self, reason: str, *, by: str) -> Dropped:
        """End them for `reason`, which is kept with each event, and return those that were ended."""
        counts: Counter[State] = Counter()
        for event_id, state in list(self._find()):
            step = self._ledger.drop(self._subscriber, event_id, reason, by=by)
            self._publish(step)
            counts[state] += step.state is State.DROPPED
        return Dropped(by_state={state: number for state, number in counts.items() if number})

    def _find(self) -> Iterator[tuple[str, State]]:
        for event in self._ledger.events.of(self._subscriber, states=_DROPPABLE, until=self._before):
            yield event.event_id, event.state
