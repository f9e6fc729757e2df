"""The audit trail: who did what to a subscriber, and when."""

from typing import TYPE_CHECKING

from lessonhook.desk.views.document import Document, Moment

if TYPE_CHECKING:
    from lessonhook.ledger import AuditEntry


class AuditRecord(Document):
    """An act on one subscriber, of a person or a worker, or the same act several times; times are by Redis' clock."""

    subscriber: str
    #: put, change, rotate, token, remove, pause, resume, replay, erase, drop-event, backfill-stop, backfill-resume or
    #: statement.
    act: str
    #: Who did it; "" if the caller did not say.
    by: str
    #: When it was done, the last time.
    at: Moment
    #: When it was done the first time.
    since: Moment
    #: How often it was done from `since` to `at`, with no other act between.
    times: int
    #: The event that it was done to, the last one; "" for an act on the subscriber itself.
    event_id: str
    #: Of a subscription: which fields changed, never a value. Of a statement: its month, and how its POST ended.
    detail: str

    @classmethod
    def of(cls, entry: "AuditEntry") -> "AuditRecord":
        """Make it of what the ledger reads."""
        return cls.model_validate(entry)
