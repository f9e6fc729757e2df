"""Which events a replay is to send: by id, by state, by time, by subscriber, and in which order."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lessonhook.console.event import the_event
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.replaying import unsendable
from lessonhook.ledger import Events, EventView, Ledger, State

#: What is left of the others can't be sent, or a worker is about to send them.
SENDABLE: Final = (State.DELIVERED, State.REFUSED, State.RETRYING, State.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the command line says; everything that is named must fit."""

    event_ids: Sequence[str] = ()
    subscriber: str | None = None
    states: Sequence[State] = ()
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse to take everything for want of a choice, and a choice of what can't be sent."""
        by_time = self.since is not None or self.until is not None
        if self.event_ids and (self.states or by_time):
            raise _wrong("event ids and --state, --since or --until exclude each other")
        if not (self.event_ids or self.subscriber or self.states or by_time):
            raise _wrong("name event ids, a --subscriber, a --state, or a time by --since and --until")
        if unfit := sorted(set(self.states) - set(SENDABLE)):
            raise _wrong(f"--state {unfit[0]}: only {', '.join(SENDABLE)} events can be sent again")

    def choose(self, ledger: Ledger) -> list[EventView]:
        """Answer the events in the order to send them: a learner's completions of a lesson as they happened."""
        return sorted(self._find(ledger), key=lambda event: (event.completed, event.recorded))

    def _find(self, ledger: Ledger) -> Iterator[EventView]:
        looking = Events(ledger)
        if self.event_ids:
            for event_id in dict.fromkeys(self.event_ids):
                event = the_event(looking, event_id, self.subscriber)
                if why := unsendable(event):
                    raise Complaint(f"event {event_id} is {why}")
                yield event
            return
        for name in [self.subscriber] if self.subscriber else ledger.subscribers():
            yield from looking.of(name, states=self.states or SENDABLE, since=self.since, until=self.until)


def described(events: Sequence[EventView]) -> str:
    """Say what was chosen: `3 events of acme: 2 refused, 1 held`."""
    states = Counter(event.state for event in events)
    owners = sorted({event.subscriber for event in events})
    whose = owners[0] if len(owners) == 1 else f"{len(owners)} subscribers"
    counts = ", ".join(f"{states[state]:,} {state}" for state in State if states[state])
    return f"{len(events):,} event{'' if len(events) == 1 else 's'} of {whose}: {counts}"


def _wrong(text: str) -> Complaint:
    return Complaint(text, ExitCode.WRONG_USAGE)
