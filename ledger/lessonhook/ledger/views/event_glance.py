"""The few facts of an event that a count or a list of very many needs, read several times faster than all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from lessonhook.ledger.transitions.results import State
from lessonhook.ledger.views.moments import moment

#: The fields of an event's hash that are read, in the order of `EventGlance.read`.
GLANCE_FIELDS: Final = ("state", "recorded_us", "completed_at", "due_at", "closed_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventGlance:
    """One event at one moment, without its counts and its attempts; times are by Redis' clock."""

    subscriber: str
    event_id: str
    state: State
    #: When `.delay()` recorded it.
    recorded: datetime
    #: When the learner completed the lesson, to the second.
    completed: datetime
    #: When the next attempt is due, if it is retrying.
    due: datetime | None
    #: When it was delivered, refused, superseded, expired, dropped or erased.
    closed: datetime | None

    @property
    def open(self) -> bool:
        """True as long as it is queued, delivering, retrying or held."""
        return self.closed is None

    @classmethod
    def read(cls, subscriber: str, event_id: str, fields: Sequence[Any], **more: Any) -> Self | None:
        """Read the values of `GLANCE_FIELDS`; return None if Redis has no such event. A subclass gives `more`."""
        state, recorded_us, completed_at, due, closed = fields
        if state is None:
            return None
        known = State(state.decode())
        return cls(
            subscriber=subscriber,
            event_id=event_id,
            state=known,
            recorded=moment(float(recorded_us or 0) / 1000),
            completed=moment(float(completed_at or 0) * 1000),
            due=moment(float(due or 0)) if known is State.RETRYING else None,
            closed=moment(float(closed)) if float(closed or 0) else None,
            **more,
        )
