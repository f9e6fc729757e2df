"""What the pages' scripts ask for, every few seconds: figures and events, never a body, a secret or a learner."""

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tornado.web import authenticated

from lessonhook.console.flower_page.handler import BOARD, Handler
from lessonhook.console.flower_page.rows import attempt_row, event_row, lane_row
from lessonhook.console.subscription_text import options_said, subscription_document
from lessonhook.console.wording import span
from lessonhook.ledger import Events

if TYPE_CHECKING:
    from lessonhook.console.flower_page.board import Board

_LONGEST_PAGE: Final = 100
_EVENTS_SHOWN: Final = 50


class SubscribersData(Handler):
    """A page of the table, as DataTables asks for it: `draw`, `start`, `length`, `search[value]`."""

    @authenticated
    async def get(self) -> None:
        """Answer the rows, and the sums over all."""
        draw = self.get_argument("draw", 0, type=int)
        start = max(0, self.get_argument("start", 0, type=int))
        length = min(max(1, self.get_argument("length", 25, type=int)), _LONGEST_PAGE)
        search = self.get_argument("search[value]", "", escape=False)
        board: Board = self.application.settings[BOARD]
        page = await self.ask(board.page, search, start, length)
        self.write(
            {
                "draw": draw,
                "recordsTotal": page.totals.subscribers,
                "recordsFiltered": page.fitting,
                "data": [lane_row(lane) for lane in page.lanes],
                "totals": asdict(page.totals) | {"oldest": span(page.totals.oldest_undelivered_seconds)},
            }
        )


class SubscriberData(Handler):
    """One subscriber's lane, subscription and recent events."""

    @authenticated
    async def get(self) -> None:
        """Answer them."""
        lane = await self.lane()
        subscription, events = await self.ask(self._read)
        self.write({"lane": lane_row(lane), "subscription": subscription, "events": events})

    def _read(self) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        saved = self.producer.ledger.subscription(self.name)
        newest = islice(Events(self.producer.ledger).of(self.name), _EVENTS_SHOWN)
        view = saved.view() if saved else None
        subscription = subscription_document(view) | {"options": list(options_said(view))} if view else None
        return subscription, [event_row(event) for event in newest]


class AttemptsData(Handler):
    """One event's attempts."""

    @authenticated
    async def get(self) -> None:
        """Answer them, oldest first."""
        attempts = await self.ask(Events(self.producer.ledger).attempts, self.name, self.text("event_id"))
        self.write({"attempts": [attempt_row(attempt) for attempt in attempts]})
