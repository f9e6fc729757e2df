"""Chooses the events of a replay by id, state, time and subscriber, and sorts them into the order to send them in."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lessonhook.desk.errors import InvalidSelection, UnsendableEvent
from lessonhook.desk.views.event import EventRecord
from lessonhook.desk.views.events import events_of, find_event
from lessonhook.desk.words.times import count
from lessonhook.ledger import SENDABLE, EventGlance, State

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger

#: An event with at least its subscriber, its id, its state and its times.
Glimpsed = EventRecord | EventGlance


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What an event must be to be chosen; everything that is given must be true of it."""

    event_ids: Sequence[str] = ()
    subscriber: str | None = None
    states: Sequence[State] = ()
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Raise `InvalidSelection` if nothing is given, or for a state whose events cannot be sent."""
        by_time = self.since is not None or self.until is not None
        if self.event_ids and (self.states or by_time):
            raise InvalidSelection("event ids and states or times exclude each other")
        if not (self.event_ids or self.subscriber or self.states or by_time):
            raise InvalidSelection("name event ids, a subscriber, states, or a time by since and until")
        if unfit := sorted(set(self.states) - set(SENDABLE)):
            raise InvalidSelection(f"{unfit[0]}: only {', '.join(SENDABLE)} events can be sent again")

    def choose(self, ledger: "Ledger") -> list[EventRecord]:
        """Return the events in the order to send them, so that a learner's completions arrive as they happened.

        Raises `UnknownEvent`, `AmbiguousEvent` or `UnsendableEvent` for an event that was chosen by its id.
        """
        return sorted(self.find(ledger), key=lambda event: (event.completed, event.recorded))

    def find(self, ledger: "Ledger") -> Iterator[EventRecord]:
        """Yield the events as they are read, in no order; raises what `choose` raises."""
        if self.event_ids:
            for event_id in dict.fromkeys(self.event_ids):
                event = find_event(ledger, event_id, self.subscriber)
                if event.unsendable:
                    raise UnsendableEvent(event_id, event.unsendable)
                yield event
            return
        for name in [self.subscriber] if self.subscriber else ledger.lanes.subscribers():
            yield from events_of(ledger, name, self.states or SENDABLE, self.since, self.until)

    def glances(self, ledger: "Ledger") -> Iterator[Glimpsed]:
        """Yield what `find` yields, with the state and the times of each event only, several times faster."""
        if self.event_ids:
            yield from self.find(ledger)
            return
        states = self.states or SENDABLE
        for name in [self.subscriber] if self.subscriber else ledger.lanes.subscribers():
            yield from ledger.events.glances(name, states=states, since=self.since, until=self.until)


def described(events: Iterable[Glimpsed]) -> str:
    """Return what was chosen, in words: `3 events of acme: 1 held, 2 refused`; "" for none. Keeps no event."""
    states: Counter[State] = Counter()
    owners: set[str] = set()
    for event in events:
        states[event.state] += 1
        owners.add(event.subscriber)
    if not owners:
        return ""
    of_whom = min(owners) if len(owners) == 1 else f"{len(owners)} subscribers"
    counts = ", ".join(f"{states[state]:,} {state}" for state in State if states[state])
    return f"{count(states.total(), 'event')} of {of_whom}: {counts}"
