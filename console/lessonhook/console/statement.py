"""A subscriber's statement over some days: what was recorded, and where each of those events is now."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

from lessonhook.console.event_json import event_document
from lessonhook.ledger import EventView, Ledger, State
from lessonhook.ledger.history import Counts, History


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Days are whole ones, UTC, both ends included."""

    subscriber: str
    first: date
    last: date
    #: What happened on each day; days without anything are left out.
    days: dict[date, Counts]
    #: The events recorded in these days that are still known, oldest first, each as it is now.
    events: list[EventView]

    @classmethod
    def draw_up(cls, ledger: Ledger, subscriber: str, first: date, last: date) -> Self:
        """Read it from the ledger."""
        history = History(ledger)
        days = dict(history.days(subscriber, first, last))
        events = sorted(history.recorded(subscriber, first, last), key=lambda event: event.recorded)
        return cls(subscriber=subscriber, first=first, last=last, days=days, events=events)

    @property
    def total(self) -> Counts:
        """All days together."""
        return sum(self.days.values(), start=Counts())

    @property
    def by_state(self) -> dict[State, int]:
        """How many of the events still known are where; every state is named."""
        counts = Counter(event.state for event in self.events)
        return {state: counts[state] for state in State}

    @property
    def forgotten(self) -> int:
        """Recorded in these days and ended so long ago that only the days' counts tell of them."""
        return max(0, self.total.recorded - len(self.events))

    def document(self, *, with_events: bool) -> dict[str, Any]:
        """Answer it for scripts."""
        document: dict[str, Any] = {
            "subscriber": self.subscriber,
            "since": self.first.isoformat(),
            "until": self.last.isoformat(),
            "recorded": self.total.recorded,
            "by_state": self.by_state,
            "no_longer_known": self.forgotten,
            "days": [{"day": day.isoformat(), **asdict(counts)} for day, counts in self.days.items()],
        }
        if with_events:
            document["events"] = [event_document(event) for event in self.events]
        return document
