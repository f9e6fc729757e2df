"""An event as a person sees it: its state and how its last attempt ended, with nothing of its body."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from lessonhook.ledger.views.attempts import Attempt
from lessonhook.ledger.views.event_glance import GLANCE_FIELDS, EventGlance

#: The fields of an event's hash that are read, in the order of `EventView.of`.
FIELDS: Final = (
    *GLANCE_FIELDS,
    "failed_attempts",
    "posts",
    "leases_lost",
    "closed_because",
    "pair",
    "erased_by",
    "backfill",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView(EventGlance):
    """One event at one moment, with its counts and its last attempt."""

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

    @classmethod
    def of(cls, subscriber: str, event_id: str, fields: Sequence[Any], last: bytes | None) -> Self | None:
        """Read the values of `FIELDS` and the last line of the attempt log; return None if Redis has no such event."""
        glanced = len(GLANCE_FIELDS)
        failed, posts, lost, closed_because, pair, erased_by, backfill = fields[glanced:]
        return cls.read(
            subscriber,
            event_id,
            fields[:glanced],
            failed_attempts=int(failed or 0),
            posts=int(posts or 0),
            leases_lost=int(lost or 0),
            closed_because=(closed_because or b"").decode(),
            pair=(pair or b"").decode(),
            erased_by=(erased_by or b"").decode(),
            backfill=backfill == b"1",
            last=Attempt.read(last) if last else None,
        )
