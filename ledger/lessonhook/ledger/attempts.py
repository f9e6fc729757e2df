"""The log of an event's attempts, as it stands in Redis: a moment and what the POST brought, never what was sent."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from lessonhook.ledger.answers import in_a_few_words

if TYPE_CHECKING:
    from lessonhook.ledger.answers import Outcome


def attempt_log(outcome: "Outcome", worker: str) -> str:
    """Write an attempt's facts; the script puts Redis' time before them."""
    facts = {
        "seconds": round(outcome.seconds, 6),
        "kind": outcome.kind,
        "reason": outcome.reason,
        "status": outcome.status,
        "detail": outcome.detail,
        "answer": outcome.answer,
        "worker": worker,
    }
    if outcome.unconfirmed:
        facts["unconfirmed"] = outcome.unconfirmed
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One POST of an event."""

    #: When it was settled, by Redis' clock.
    at: datetime
    #: How long the exchange took.
    seconds: float
    kind: str
    reason: str
    status: int | None
    detail: str
    #: The first bytes of the answer, credentials masked.
    answer: str
    worker: str
    #: What an accepted one lacked of the acknowledgement rule; "" if nothing.
    unconfirmed: str = ""

    def __str__(self) -> str:
        """Say it as `Outcome` does."""
        return in_a_few_words(self)

    @classmethod
    def read(cls, line: bytes) -> Self:
        """Read a line of the log; what a newer release added to it is ignored."""
        milliseconds, _, facts = line.decode().partition(" ")
        written = json.loads(facts)
        return cls(
            at=datetime.fromtimestamp(int(milliseconds) / 1000, UTC),
            seconds=written.get("seconds", 0.0),
            kind=written.get("kind", ""),
            reason=written.get("reason", ""),
            status=written.get("status"),
            detail=written.get("detail", ""),
            answer=written.get("answer", ""),
            worker=written.get("worker", ""),
            unconfirmed=written.get("unconfirmed", ""),
        )
