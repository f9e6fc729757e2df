"""A subscriber's statement over some days: what was recorded, and where each of those events is now."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from lessonhook.desk.views.event import EventRecord
from lessonhook.ledger import Counts, State

if TYPE_CHECKING:
    from lessonhook.ledger import EventGlance, Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Days are whole ones in UTC; the first and the last belong to it."""

    subscriber: str
    first: date
    last: date
    #: What happened on each day; days on which nothing happened are left out.
    days: dict[date, Counts]
    #: How many of the events recorded in these days are in each state now, as far as they are still known.
    by_state: dict[State, int]
    #: Those events, oldest first, each as it is now; empty if they were given to `each` instead.
    events: list[EventRecord]

    @classmethod
    def draw_up(
        cls,
        ledger: "Ledger",
        subscriber: str,
        first: date,
        last: date,
        *,
        each: Callable[[EventRecord], object] | None = None,
        each_glance: "Callable[[EventGlance], object] | None" = None,
    ) -> Self:
        """Read it from the ledger. With `each`, events are given to it one by one, in no order, and are not kept.

        With `each_glance` they are given to it with their state and their times only, which is several times faster.
        """
        days = dict(ledger.history.days(subscriber, first, last))
        if each_glance is not None:
            at_a_glance: Counter[State] = Counter()
            for glance in ledger.history.recorded_glances(subscriber, first, last):
                at_a_glance[glance.state] += 1
                each_glance(glance)
            by_state = {state: at_a_glance[state] for state in State}
            return cls(subscriber=subscriber, first=first, last=last, days=days, by_state=by_state, events=[])
        events: list[EventRecord] = []
        take = each or events.append
        counts: Counter[State] = Counter()
        for event in map(EventRecord.of, ledger.history.recorded(subscriber, first, last)):
            counts[event.state] += 1
            take(event)
        events.sort(key=lambda event: event.recorded)
        by_state = {state: counts[state] for state in State}
        return cls(subscriber=subscriber, first=first, last=last, days=days, by_state=by_state, events=events)

    @property
    def total(self) -> Counts:
        """The sum over all days."""
        return sum(self.days.values(), start=Counts())

    @property
    def forgotten(self) -> int:
        """Events recorded in these days that ended so long ago that only the days' counts have them."""
        return max(0, self.total.recorded - sum(self.by_state.values()))

    def document(self, *, with_events: bool) -> dict[str, Any]:
        """Return the JSON form."""
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
            document["events"] = [event.document() for event in self.events]
        return document
