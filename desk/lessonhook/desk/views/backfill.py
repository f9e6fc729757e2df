"""A subscriber's completions of the past: how many there are, how far they are, and whether they are stopped."""

from typing import TYPE_CHECKING

from lessonhook.desk.views.document import Document, Moment
from lessonhook.desk.words.times import ago

if TYPE_CHECKING:
    from lessonhook.config import Settings
    from lessonhook.ledger import LaneStatus


def backfill_words(*, delivered: int, recorded: int, undelivered: int, stopped: Moment | None) -> str:
    """Return how far completions of the past are, in a few words."""
    since = f"; stopped {ago(stopped)}" if stopped else ""
    return f"{delivered} of {recorded} completions of the past delivered, {undelivered} undelivered{since}"


class Backfill(Document):
    """The completions of the past that `send_completion.backfill` recorded; counts are of events."""

    subscriber: str
    #: Ever recorded, and of these delivered.
    recorded: int
    delivered: int
    #: Still to be sent.
    undelivered: int
    #: Since when a person has stopped them; None while they may go.
    stopped: Moment | None
    #: Whether the subscriber is paused, which holds them too.
    paused: bool
    #: How many are sent in a second, at most.
    per_second: float

    @classmethod
    def of(cls, lane: "LaneStatus", settings: "Settings") -> "Backfill":
        """Make it of what the ledger reads."""
        return cls(
            subscriber=lane.subscriber,
            recorded=lane.backfill_recorded,
            delivered=lane.backfill_delivered,
            undelivered=lane.backfill,
            stopped=lane.backfill_stopped,
            paused=lane.paused is not None,
            per_second=settings.backfill_per_second,
        )

    @property
    def words(self) -> str:
        """How far they are, in a few words."""
        return backfill_words(
            delivered=self.delivered, recorded=self.recorded, undelivered=self.undelivered, stopped=self.stopped
        )
