"""What the pages' scripts ask for, every few seconds: figures and events, never a body, a secret or a learner."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from tornado.web import HTTPError, authenticated

from lessonhook.console.flower_page.handler import Handler
from lessonhook.console.flower_page.rows import alarm_words, attempt_row, event_row, state_row
from lessonhook.desk import (
    BoardOrder,
    EventPage,
    EventRecord,
    InvalidCursor,
    NoSubscription,
    credential_words,
    option_words,
    signing_words,
    subscription_document,
)
from lessonhook.desk.words import span
from lessonhook.ledger import State

_LONGEST_PAGE: Final = 100
#: Events of one page, and of one search at most.
_EVENTS_SHOWN: Final = 50


class EventsHandler(Handler):
    """A handler that sends events."""

    def rows(self, events: Iterable[EventRecord]) -> list[dict[str, Any]]:
        """Return rows of the events. Only Flower knows which tasks it has seen since it was started."""
        tasks = self.application.events.state.tasks
        return [event_row(event, has_task=event.event_id in tasks) for event in events]

    @property
    def sought(self) -> str:
        """What is searched for: an event's id or its beginning, a learner's id, or a lesson's. Empty if nothing is."""
        sought: str = self.get_argument("sought", "", escape=False)
        return sought


class SubscribersData(Handler):
    """A page of the table, as DataTables asks for it: `draw`, `start`, `length`, `search[value]`, `order[0][…]`."""

    @authenticated
    async def get(self) -> None:
        """Send the rows, and the sums over all subscribers."""
        draw = self.get_argument("draw", 0, type=int)
        start = max(0, self.get_argument("start", 0, type=int))
        length = min(max(1, self.get_argument("length", 25, type=int)), _LONGEST_PAGE)
        search = self.get_argument("search[value]", "", escape=False)
        order, descending = self._order()
        page = await self.ask(lambda: self.desk.board.page(search, start, length, order=order, descending=descending))
        self.write(
            {
                "draw": draw,
                "recordsTotal": page.totals.subscribers,
                "recordsFiltered": page.matching,
                "data": [state_row(state) for state in page.states],
                "totals": page.totals.document()
                | {
                    "oldest": span(page.totals.oldest_undelivered_seconds),
                    "alarms": alarm_words(page.totals.unserved, page.totals.lms_quiet, page.totals.certificates),
                },
            }
        )

    def _order(self) -> tuple[BoardOrder, bool]:
        """Return the column to sort by, and whether its greatest comes first; the worst state where none is named."""
        column: int = self.get_argument("order[0][column]", -1, type=int)
        name: str = self.get_argument(f"columns[{column}][name]", "")
        order = BoardOrder(name) if name in set(BoardOrder) else BoardOrder.STATE
        return order, self.get_argument("order[0][dir]", "asc") == "desc"


class FoundData(EventsHandler):
    """Events of any subscriber, found in the ledger by an id: Flower's own search has only what it saw itself."""

    @authenticated
    async def get(self) -> None:
        """Send them, at most one page."""
        found = await self.ask(lambda: self.desk.search(self.sought, limit=_EVENTS_SHOWN))
        self.write({"events": self.rows(found), "more": len(found) == _EVENTS_SHOWN})


class SubscriberData(EventsHandler):
    """One subscriber's lane and subscription, and a page of its events."""

    @authenticated
    async def get(self) -> None:
        """Send them. `state` chooses events by their state, `sought` by an id; `after` is the cursor of a page."""
        state = await self.state()
        chosen = self._chosen_states()
        page = await self.ask(self._search if self.sought else self._page, chosen)
        subscription = await self.ask(self._subscription)
        unserved = await self.ask(self.desk.unserved_queues)
        lms_quiet = await self.ask(self.desk.quiet_lms)
        self.write(
            {
                "lane": state_row(state),
                "subscription": subscription,
                "events": self.rows(page.events),
                "next": page.next,
                "alarms": alarm_words(unserved, lms_quiet),
            }
        )

    def _chosen_states(self) -> list[State]:
        try:
            return [State(name) for name in self.get_arguments("state") if name]
        except ValueError as error:
            raise HTTPError(HTTPStatus.BAD_REQUEST, reason="No event has such a state") from error

    def _page(self, states: list[State]) -> EventPage:
        after: str | None = self.get_argument("after", "") or None
        try:
            return self.subscriber.event_page(states=states, after=after, limit=_EVENTS_SHOWN)
        except InvalidCursor as error:
            raise HTTPError(HTTPStatus.BAD_REQUEST, reason="No page begins there") from error

    def _search(self, states: list[State]) -> EventPage:
        found = self.subscriber.search(self.sought, limit=_EVENTS_SHOWN)
        return EventPage(events=[event for event in found if not states or event.state in states], next=None)

    def _subscription(self) -> dict[str, Any] | None:
        try:
            view = self.subscriber.subscription()
        except NoSubscription:
            return None
        return subscription_document(view) | {
            "options": list(option_words(view)),
            "authorization": credential_words(view, "authorization") or "none",
            "signed": signing_words(view) or "no",
        }


class AttemptsData(Handler):
    """One event's attempts."""

    @authenticated
    async def get(self) -> None:
        """Send them, oldest first."""
        attempts = await self.ask(self.subscriber.attempts, self.text("event_id"))
        self.write({"attempts": [attempt_row(attempt) for attempt in attempts]})
