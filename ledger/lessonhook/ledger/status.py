"""A lane as a person sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Since when nothing goes to a subscriber, and why."""

    since: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStatus:
    """One subscriber's lane at one moment; counts are of events."""

    subscriber: str
    #: False if the subscription was removed; what the lane holds stands still.
    subscribed: bool
    #: None while events may go.
    paused: Pause | None
    #: Slots that the lane may use at once, as far as it has opened.
    window: int
    #: Being posted at this moment.
    in_flight: int
    #: Published, and waiting for a worker.
    queued: int
    #: Failed, with attempts left, waiting for when they are due.
    retrying: int
    #: Waiting in the ledger for a slot, for the pause to be lifted or for an earlier one of their learner and lesson.
    held: int
    #: Set aside: the endpoint refused these and accepted others.
    refused: int
    delivered: int
    expired: int
    erased: int
    recorded: int
    #: How long the oldest undelivered event has waited; None if there is none.
    oldest_undelivered_seconds: float | None
    #: Failures in a row, with no success between.
    failures_in_a_row: int
    #: How the last attempt ended, in a few words; "" if there was none.
    last_outcome: str
    last_attempt: datetime | None
    #: The lane waits until then, as `Retry-After` asked; None if it does not.
    waiting_until: datetime | None
    #: Of those delivered: accepted by an answer that broke the subscription's acknowledgement rule.
    unconfirmed: int = 0

    @property
    def undelivered(self) -> int:
        """Events that are neither delivered nor set aside."""
        return self.in_flight + self.queued + self.retrying + self.held

    @classmethod
    def read(cls, subscriber: str, reply: Sequence[Any]) -> Self:
        """Read the reply of `lua/status.lua`."""
        (now, subscribed, paused_x, paused_op, why, window, in_flight, queued, retrying, held, refused) = reply[:11]
        (delivered, expired, erased, recorded, oldest, fails, last, last_at, gate, unconfirmed) = reply[11:]
        paused = None
        if paused_op:
            paused = Pause(since=_moment(paused_op), why="an operator")
        elif paused_x:
            paused = Pause(since=_moment(paused_x), why=f"attempts used up: {why.decode()}")
        return cls(
            subscriber=subscriber,
            subscribed=bool(subscribed),
            paused=paused,
            window=window,
            in_flight=in_flight,
            queued=queued,
            retrying=retrying,
            held=held,
            refused=refused,
            delivered=delivered,
            expired=expired,
            erased=erased,
            recorded=recorded,
            oldest_undelivered_seconds=None if oldest < 0 else max(0, now - oldest) / 1000,
            failures_in_a_row=fails,
            last_outcome=last.decode(),
            last_attempt=_moment(last_at) if last_at else None,
            waiting_until=_moment(gate) if gate > now else None,
            unconfirmed=unconfirmed,
        )
