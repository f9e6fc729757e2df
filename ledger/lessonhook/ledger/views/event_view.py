"""An event as a person sees it: its state and how its last attempt ended, with nothing of its body."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from lessonhook.ledger.transitions.results import State
from lessonhook.ledger.views.attempts import Attempt
from lessonhook.ledger.views.moments import moment

#: The fields of an event's hash that are read, in the order of `EventView.read`.
FIELDS: Final = (
    "state",
    "recorded_us",
    "completed_at",
    "due_at",
    "closed_at",
    "failed_attempts",
    "posts",
    "leases_lost",
    "closed_because",
    "pair",
    "erased_by",
    "backfill",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One event at one moment; times are by Redis' clock."""

    subscriber: str
    event_id: str
    state: State
    #: When `.delay()` recorded it.
    recorded: datetime
    #: When the learner completed the lesson, to the second.
    completed: datetime
    #: When the next attempt is due, if it is retrying.
    due: datetime | None
    #: When it was delivered, refused, expired or erased.
    closed: datetime | None
    #: Failed attempts in the present set of attempts; a held event that is sent again gets a new set.
    failed_attempts: int
    #: How often it was handed to a worker since it was recorded.
    posts: int
    #: How often the lease of its worker ran out.
    leases_lost: int
    #: Why it was set aside or dropped, if that was not how an attempt ended; "" otherwise.
    closed_because: str
    #: The digests of its learner and its lesson, see `pair_of`.
    pair: str
    #: Who erased it; "" if nobody did, or nobody said.
    erased_by: str
    #: It tells the past, and its POSTs say so in a header.
    backfill: bool
    #: The last attempt, a person's replay included; None before the first.
    last: Attempt | None

    @property
    def open(self) -> bool:
        """True if it is neither delivered nor refused, expired or erased."""
        return self.closed is None

    @classmethod
    def read(cls, subscriber: str, event_id: str, fields: Sequence[Any], last: bytes | None) -> Self | None:
        """Read the values of `FIELDS` and the last line of the attempt log; return None if Redis has no such event."""
        state, *numbers, closed_because, pair, erased_by, backfill = fields
        if state is None:
            return None
        recorded_us, completed_at, due, closed, failed, posts, lost = (float(number or 0) for number in numbers)
        known = State(state.decode())
        return cls(
            subscriber=subscriber,
            event_id=event_id,
            state=known,
            recorded=moment(recorded_us / 1000),
            completed=moment(completed_at * 1000),
            due=moment(due) if known is State.RETRYING else None,
            closed=moment(closed) if closed else None,
            failed_attempts=int(failed),
            posts=int(posts),
            leases_lost=int(lost),
            closed_because=(closed_because or b"").decode(),
            pair=(pair or b"").decode(),
            erased_by=(erased_by or b"").decode(),
            backfill=backfill == b"1",
            last=Attempt.read(last) if last else None,
        )
