"""One event on its way to a subscriber: its state and its last attempt, without anything of its body."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pydantic import Field

from lessonhook.desk.views.attempt import AttemptRecord
from lessonhook.desk.views.document import Document, Moment
from lessonhook.ledger import SENDABLE, State

if TYPE_CHECKING:
    from lessonhook.ledger import EventView

#: As the statement counts what was delivered late.
_ON_TIME: Final = timedelta(minutes=1)
_ON_ITS_WAY: Final = frozenset({State.QUEUED, State.DELIVERING})


class EventRecord(Document):
    """One event at one moment; times are by Redis' clock."""

    event_id: str
    subscriber: str
    state: State
    #: When `.delay()` recorded it.
    recorded: Moment
    #: When the learner completed the lesson, to the second.
    completed: Moment
    #: When the next attempt is due, if it is retrying.
    due: Moment | None
    #: When it was delivered, refused, superseded, expired, dropped or erased.
    closed: Moment | None
    #: Failed attempts in the present count; a held event that is sent again starts a new one.
    failed_attempts: int
    #: How often a worker was handed it, since it was recorded.
    posts: int
    #: Workers that ended while they had it.
    leases_lost: int
    #: Why it was set aside or dropped, if that was not how an attempt ended; "" otherwise.
    closed_because: str = ""
    #: The last attempt, a person's replay included; None before the first.
    last_attempt: AttemptRecord | None = Field(validation_alias="last")
    #: Who erased it; "" if nobody did.
    erased_by: str = ""
    #: It tells the past: `send_completion.backfill` recorded it, and each POST has a header that says so.
    backfill: bool = False

    @classmethod
    def of(cls, view: "EventView") -> "EventRecord":
        """Make it of what the ledger reads."""
        return cls.model_validate(view)

    @property
    def open(self) -> bool:
        """Whether it is neither delivered nor set aside nor gone."""
        return self.closed is None

    @property
    def last_words(self) -> str:
        """Why it was set aside, or how its last attempt ended; "" before the first."""
        return self.closed_because or (self.last_attempt.words if self.last_attempt else "")

    @property
    def late(self) -> bool:
        """Whether it waited longer than a minute, or still does, by this machine's clock. The past is never late."""
        return not self.backfill and (self.closed or datetime.now(UTC)) - self.recorded > _ON_TIME

    @property
    def unsendable(self) -> str:
        """Why it cannot be sent again in its state; "" if it can."""
        if self.state in _ON_ITS_WAY:
            return f"{self.state}: a worker is about to send it"
        if self.state not in SENDABLE:
            return f"{self.state}: nothing of it is left to send"
        return ""
