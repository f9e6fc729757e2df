"""An event as a person sees it: where it is and how its last attempt ended, without a word of what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

from lessonhook.ledger.answers import State
from lessonhook.ledger.attempts import Attempt

#: What is read of an event's hash, in the order of `EventView.read`.
FIELDS: Final = ("state", "seq", "completed", "due", "closed_at", "n", "posts", "leases_lost", "pair")


def moment(milliseconds: float) -> datetime:
    """Read a time of Redis' clock."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One event at one moment; times are by Redis' clock."""

    subscriber: str
    event_id: str
    state: State
    #: When `.delay()` wrote it down.
    recorded: datetime
    #: When the learner completed the lesson, to the second.
    completed: datetime
    #: When it is tried next, if it is retrying.
    due: datetime | None
    #: When it was delivered, refused, expired or erased.
    closed: datetime | None
    #: Failed attempts in the present count; a held event that goes again starts a new one.
    failed_attempts: int
    #: How often a worker was handed it, since it was recorded.
    posts: int
    #: Workers that were lost with it in their hands.
    leases_lost: int
    #: Names its learner and its lesson without saying which.
    pair: str
    #: The last attempt, a person's replay included; None before the first.
    last: Attempt | None

    @property
    def open(self) -> bool:
        """Whether it is neither delivered nor set aside nor gone."""
        return self.closed is None

    @classmethod
    def read(cls, subscriber: str, event_id: str, fields: Sequence[Any], last: bytes | None) -> Self | None:
        """Read what Redis has of `FIELDS`; None if it has nothing."""
        state, *numbers, pair = fields
        if state is None:
            return None
        seq, completed, due, closed, failed, posts, lost = (float(number or 0) for number in numbers)
        known = State(state.decode())
        return cls(
            subscriber=subscriber,
            event_id=event_id,
            state=known,
            recorded=moment(seq / 1000),
            completed=moment(completed * 1000),
            due=moment(due) if known is State.RETRYING else None,
            closed=moment(closed) if closed else None,
            failed_attempts=int(failed),
            posts=int(posts),
            leases_lost=int(lost),
            pair=(pair or b"").decode(),
            last=Attempt.read(last) if last else None,
        )
