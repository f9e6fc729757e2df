"""Finds events: by id over all subscribers, or those of one subscriber, newest first."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from lessonhook.desk.errors import AmbiguousEvent, UnknownEvent
from lessonhook.desk.views.event import EventRecord

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger, State


def find_event(ledger: "Ledger", event_id: str, subscriber: str | None = None) -> EventRecord:
    """Return an event, of the named subscriber or of whichever has it.

    Raises `UnknownEvent` if there is none, and `AmbiguousEvent` if several subscribers have one of this id.
    """
    owners = [subscriber] if subscriber else ledger.events.subscribers_of(event_id)
    if len(owners) > 1:
        raise AmbiguousEvent(event_id, owners)
    found = ledger.events.get(owners[0], event_id) if owners else None
    if found is None:
        raise UnknownEvent(event_id, subscriber)
    return EventRecord.of(found)


def events_of(
    ledger: "Ledger",
    subscriber: str,
    states: "Collection[State]" = (),
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    learner: str | None = None,
    lesson: str | None = None,
) -> Iterator[EventRecord]:
    """Yield a subscriber's events, newest first: closed ones by when they were closed, open ones by their record.

    `since` and `until` bound that moment and belong to it. Without `states`, events in every state are yielded.
    """
    yield from map(
        EventRecord.of,
        ledger.events.of(subscriber, states=states, since=since, until=until, learner=learner, lesson=lesson),
    )
