"""Some of a subscriber's events, and the cursor to the next ones."""

import base64
import binascii
from collections.abc import Collection
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from lessonhook.desk.errors import InvalidCursor
from lessonhook.desk.views.document import Document
from lessonhook.desk.views.event import EventRecord
from lessonhook.ledger import Place, State, place_of

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger

#: Events of one page at most.
LONGEST_PAGE: Final = 200


class EventPage(Document):
    """Some events, newest first."""

    events: list[EventRecord]
    #: Give it as `after` to read the next page; None if there is none. It is valid while the events are known.
    next: str | None


def read_page(
    ledger: "Ledger",
    subscriber: str,
    *,
    states: Collection[State] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    learner: str | None = None,
    lesson: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> EventPage:
    """Read one page. Raises `InvalidCursor`."""
    found = ledger.events.of(
        subscriber,
        states=states,
        since=since,
        until=until,
        learner=learner,
        lesson=lesson,
        after=_place(after) if after else None,
    )
    wanted = min(max(limit, 1), LONGEST_PAGE)
    views = list(islice(found, wanted + 1))
    more = len(views) > wanted
    by_recording = bool(learner or lesson)
    cursor = _cursor(place_of(views[wanted - 1], by_recording=by_recording)) if more else None
    return EventPage(events=[*map(EventRecord.of, views[:wanted])], next=cursor)


def search(ledger: "Ledger", subscriber: str, text: str, *, limit: int) -> list[EventRecord]:
    """Return the events of which the text is the id, its beginning, the learner's id or the lesson's, newest first."""
    sought = text.strip()
    if not sought:
        return []
    found = {view.event_id: view for view in ledger.events.read(subscriber, [sought])}
    if not found:
        ids = ledger.events.beginning_with(subscriber, sought, at_most=limit)
        found = {view.event_id: view for view in ledger.events.read(subscriber, ids)}
    for learner, lesson in ((sought, None), (None, sought)):
        for view in islice(ledger.events.of(subscriber, learner=learner, lesson=lesson), limit):
            found.setdefault(view.event_id, view)
    newest_first = sorted(found.values(), key=lambda view: view.recorded, reverse=True)
    return [*map(EventRecord.of, newest_first[:limit])]


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(f"{place[0]:.0f}:{place[1]}".encode()).decode().rstrip("=")


def _place(cursor: str) -> Place:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, event_id = text.partition(":")
        return int(at), event_id
    except (ValueError, binascii.Error):
        raise InvalidCursor from None
