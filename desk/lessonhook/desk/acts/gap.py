"""Finds what a subscriber lacks of the events that were recorded in some days, by the ids that it has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Self

from lessonhook.desk.errors import InvalidSelection
from lessonhook.desk.views.event import EventRecord
from lessonhook.desk.views.signed_statement import check_days
from lessonhook.ledger import State

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger

#: The subscriber accepted or refused them; nothing sends them again by itself.
_SENT_AGAIN: Final = frozenset({State.DELIVERED, State.REFUSED})
_WAITING: Final = frozenset({State.QUEUED, State.DELIVERING, State.RETRYING, State.HELD})
_LEFT_OUT: Final = frozenset({State.SUPERSEDED, State.DROPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What became of the events recorded in some days, for a subscriber that has told the ids that it has."""

    #: Delivered or refused, and not among the ids: what is to be sent again, in the order of completion.
    missing: tuple[EventRecord, ...]
    #: Events of these days that are among the ids.
    received: int
    #: Not among the ids, because they are undelivered: they are sent by themselves, or by `resume`.
    waiting: int
    #: Not among the ids, because they were superseded, or dropped by a person.
    left_out: int
    #: Not among the ids, and expired or erased: nothing is left to send.
    gone: int
    #: Recorded in these days, and ended so long ago that their ids are not known any more. Some may be missing too.
    no_longer_known: int
    #: Ids of the subscriber that are not of an event recorded in these days, as far as is known.
    other_ids: int

    @classmethod
    def find(cls, ledger: "Ledger", subscriber: str, first: date, last: date, received: Iterable[str]) -> Self:
        """Compare the ids with the events of the first to the last day (UTC). Raises `InvalidSelection`."""
        check_days(first, last)
        here = frozenset(received)
        if not here:
            raise InvalidSelection("the list has no ids: to send everything again, use a replay")
        missing, counts, known = [], dict.fromkeys(("received", "waiting", "left_out", "gone"), 0), 0
        for view in ledger.history.recorded(subscriber, first, last):
            known += 1
            if view.event_id in here:
                counts["received"] += 1
            elif view.state in _SENT_AGAIN:
                missing.append(EventRecord.of(view))
            elif view.state in _WAITING:
                counts["waiting"] += 1
            else:
                counts["left_out" if view.state in _LEFT_OUT else "gone"] += 1
        recorded = sum(day.recorded for _, day in ledger.history.days(subscriber, first, last))
        return cls(
            missing=tuple(sorted(missing, key=lambda event: (event.completed, event.recorded))),
            no_longer_known=max(0, recorded - known),
            other_ids=len(here) - counts["received"],
            **counts,
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON form of the counts; the events stand beside it."""
        return {
            "received": self.received,
            "missing": len(self.missing),
            "waiting": self.waiting,
            "left_out": self.left_out,
            "gone": self.gone,
            "no_longer_known": self.no_longer_known,
            "other_ids": self.other_ids,
        }
