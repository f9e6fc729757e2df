"""One attempt of an event, as the log of attempts has it."""

from typing import TYPE_CHECKING

from lessonhook.desk.views.document import Document, Moment

if TYPE_CHECKING:
    from lessonhook.ledger import Attempt


class AttemptRecord(Document):
    """One POST of an event."""

    #: When it was settled, by Redis' clock.
    at: Moment
    #: How long the exchange took.
    seconds: float
    kind: str
    reason: str
    #: The HTTP status; None if no response came.
    status: int | None
    detail: str
    #: The first bytes of the response, credentials masked.
    response: str
    #: The worker that posted it, or `replay by …` and a person.
    worker: str
    #: What an accepted one lacked of the acknowledgement rule; "" if nothing.
    unconfirmed: str

    @classmethod
    def of(cls, attempt: "Attempt") -> "AttemptRecord":
        """Make it of what the ledger reads."""
        return cls.model_validate(attempt)

    @property
    def accepted(self) -> bool:
        """Whether the endpoint accepted it."""
        return self.kind == "accepted"

    @property
    def words(self) -> str:
        """How it ended: `200`, `503: the endpoint is not available now`, `timeout: no response within 15 s`."""
        if self.status is not None:
            doubt = f", unconfirmed: {self.unconfirmed}" if self.unconfirmed else ""
            return f"{self.detail or self.status}{doubt}"
        return f"{self.reason}: {self.detail}" if self.detail else self.reason
