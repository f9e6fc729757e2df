"""A lane as a person sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from lessonhook.ledger.views.moments import moment

#: Why a lane is paused that a person paused, named or not.
AN_OPERATOR: Final = "an operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Since when nothing is sent to a subscriber, and why."""

    since: datetime
    why: str
    #: Who paused it; "" if used-up attempts did, or if nobody said.
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStatus:
    """One subscriber's lane at one moment; counts are of events."""

    subscriber: str
    #: False if the subscription was removed; the lane keeps its events and sends none.
    subscribed: bool
    #: None while events may be sent.
    paused: Pause | None
    #: Slots that the lane may use now.
    window: int
    #: Being posted at this moment.
    in_flight: int
    #: Published, and waiting for a worker.
    queued: int
    #: Failed, with attempts left; the next attempt is not due yet.
    retrying: int
    #: Kept in the ledger until a slot is free, the pause is lifted, or an earlier event of the pair has ended.
    held: int
    #: Set aside: the endpoint refused these and accepted others.
    refused: int
    delivered: int
    expired: int
    erased: int
    recorded: int
    #: How long the oldest undelivered event has waited; None if there is none.
    oldest_undelivered_seconds: float | None
    #: When that event was recorded. Lanes are compared by it, because each lane is read at its own moment.
    oldest_undelivered: datetime | None
    #: Failures since the last success.
    failures_in_a_row: int
    #: How the last attempt ended, in one line; "" if there was none.
    last_outcome: str
    last_attempt: datetime | None
    #: Nothing is sent before this time, because `Retry-After` asked for it; None if it did not.
    waiting_until: datetime | None
    #: Of those delivered: accepted by a response that broke the subscription's acknowledgement rule.
    unconfirmed: int = 0
    #: Not sent, because a newer completion of the same learner and lesson was delivered.
    superseded: int = 0
    #: Not sent, because a person decided so.
    dropped: int = 0
    #: Nothing is sent, because the subscriber fetches its events.
    pull: bool = False
    #: Of the undelivered ones: those that tell the past. `oldest_undelivered` is that of the others.
    backfill: int = 0
    #: Of those recorded, and of those delivered, ever: those that tell the past.
    backfill_recorded: int = 0
    backfill_delivered: int = 0
    #: Since when a person has stopped them; None while they may go.
    backfill_stopped: datetime | None = None
    #: Why a worker could not begin the last POST; "" once one has ended since. It is no fault of the endpoint's.
    given_back: str = ""

    @property
    def undelivered(self) -> int:
        """The number of events that are queued, delivering, retrying or held."""
        return self.in_flight + self.queued + self.retrying + self.held

    @classmethod
    def read(cls, subscriber: str, reply: Sequence[Any]) -> Self:
        """Read the reply of `lua/status.lua`."""
        (now, subscribed, exhausted_at, operator_at, reason, window, in_flight, queued, retrying, held) = reply[:10]
        (refused, delivered, expired, erased, recorded, oldest, failures, outcome) = reply[10:18]
        (last_attempt_at, not_before, unconfirmed, paused_by, superseded, dropped, pull) = reply[18:25]
        backfill, backfill_recorded, backfill_delivered, backfill_stopped_at, given_back = reply[25:]
        paused = None
        if operator_at:
            paused = Pause(since=moment(operator_at), why=AN_OPERATOR, by=paused_by.decode())
        elif exhausted_at:
            paused = Pause(since=moment(exhausted_at), why=f"attempts used up: {reason.decode()}")
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
            oldest_undelivered=None if oldest < 0 else moment(oldest),
            failures_in_a_row=failures,
            last_outcome=outcome.decode(),
            last_attempt=moment(last_attempt_at) if last_attempt_at else None,
            waiting_until=moment(not_before) if not_before > now else None,
            unconfirmed=unconfirmed,
            superseded=superseded,
            dropped=dropped,
            pull=bool(pull),
            backfill=backfill,
            backfill_recorded=backfill_recorded,
            backfill_delivered=backfill_delivered,
            backfill_stopped=moment(backfill_stopped_at) if backfill_stopped_at else None,
            given_back=given_back.decode().removeprefix("crash: "),
        )
