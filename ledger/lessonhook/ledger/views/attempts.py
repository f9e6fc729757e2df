"""Reads the log of an event's attempts: when each POST ended and how, never what was sent."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from lessonhook.ledger.transitions.results import in_a_few_words
from lessonhook.ledger.views.moments import moment


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
    #: The first bytes of the response, credentials masked.
    response: str
    worker: str
    #: What the response of an accepted POST lacked of the acknowledgement rule; "" if nothing.
    unconfirmed: str = ""

    def __str__(self) -> str:
        """Describe it in one line, as `Outcome` does."""
        return in_a_few_words(self)

    @classmethod
    def read(cls, line: bytes) -> Self:
        """Read a line of the log; fields that a newer release added are ignored."""
        milliseconds, _, facts = line.decode().partition(" ")
        written = json.loads(facts)
        return cls(
            at=moment(int(milliseconds)),
            seconds=written.get("seconds", 0.0),
            kind=written.get("kind", ""),
            reason=written.get("reason", ""),
            status=written.get("status"),
            detail=written.get("detail", ""),
            response=written.get("response", ""),
            worker=written.get("worker", ""),
            unconfirmed=written.get("unconfirmed", ""),
        )
