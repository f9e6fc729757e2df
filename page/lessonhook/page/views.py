"""What the page shows: the overview, one completion, how a try ended, and the state alone for the script."""

from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import visible, visible_lines
from lessonhook.desk import BodyGone, NoSubscription, NothingIsPosted, UnknownSubscriber
from lessonhook.ledger import State
from lessonhook.page.chart import DAYS, Chart
from lessonhook.page.exchange import PageResponse, see_other
from lessonhook.page.form import ODD_VALUE, form_values, former_words
from lessonhook.page.rows import row_of
from lessonhook.page.statement_file import statement_file
from lessonhook.page.wording import (
    STATES,
    attempt_words,
    has_delivered,
    kind_of,
    may_be_resumed,
    post_words,
    sentences,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lessonhook.desk import SubscriberState
    from lessonhook.page.exchange import PageRequest
    from lessonhook.page.visit import Visit

_ROWS: Final = 25
#: What the forms are sent to.
ACT_PATHS: Final = ("save", "try", "send", "resume", "secret")
#: The states that a customer can choose, each with those that it stands for.
_CHOICES: Final = {
    "waiting": (State.QUEUED, State.DELIVERING, State.RETRYING, State.HELD),
    "delivered": (State.DELIVERED,),
    "refused": (State.REFUSED,),
    "expired": (State.EXPIRED,),
}


class Views:
    """What one viewer may see of one subscriber."""

    def __init__(self, visit: "Visit") -> None:
        self._visit = visit

    def by_path(self) -> "dict[str, Callable[[PageRequest], PageResponse]]":
        """Return each view by the path that it stands under."""
        return {
            "": self.overview,
            "event": self._event,
            "result": self._result,
            "state": self._state,
            "statement": self._statement,
            **dict.fromkeys(ACT_PATHS, self._back),
        }

    def _back(self, _: "PageRequest") -> PageResponse:
        """Lead who looks at the address of a button back: by the reload key, or by a login in between."""
        return see_other(self._visit.drawing.url())

    def overview(
        self, request: "PageRequest", *, status: HTTPStatus = HTTPStatus.OK, form: dict[str, Any] | None = None
    ) -> PageResponse:
        """Return the whole page; `form` is what was written into the form, and what is wrong with it."""
        return self._visit.drawing.page(
            "overview",
            status=status,
            form=form or form_values(self._visit.t, self.subscription()),
            offer=self._visit.offer,
            former=self._former(),
            chart=self._chart(),
            saved="saved" in request.query,
            **self._status(),
            **self._list(request),
        )

    def _former(self) -> str:
        view = self.subscription()
        return former_words(self._visit.t, view) if view is not None and view.previous_signing_secret_set else ""

    def _status(self) -> dict[str, Any]:
        state = self._lane()
        tried = None if state is None or has_delivered(state) else self._visit.desk.last_try()
        return {
            "sentences": sentences(self._visit.t, state, tried),
            "kind": kind_of(state, tried),
            "may_resume": state is not None and may_be_resumed(state),
            "lane": state,
        }

    def _state(self, _: "PageRequest") -> PageResponse:
        return PageResponse(body=self._visit.drawing.part("status", **self._status()))

    def _list(self, request: "PageRequest") -> dict[str, Any]:
        sought, chosen, day = (request.query.get(name, "") for name in ("q", "state", "day"))
        next_page = None
        since, until = _window(day)
        if self._lane() is None:
            events = []
        elif sought:
            events = self._visit.desk.search(sought, limit=_ROWS)
            wanted = _CHOICES.get(chosen)
            events = [event for event in events if not wanted or event.state in wanted]
        else:
            page = self._visit.desk.event_page(
                states=_CHOICES.get(chosen, ()),
                since=since,
                until=until,
                after=request.query.get("after") or None,
                limit=_ROWS,
            )
            events, next_page = page.events, page.next
        return {
            "rows": [row_of(self._visit.t, self._visit.desk, self._visit.viewer, event) for event in events],
            "next": self._visit.drawing.url(state=chosen, day=day, after=next_page) if next_page else None,
            "is_later": bool(request.query.get("after")),
            "sought": visible(sought),
            "chosen": chosen,
            "day": day if since else "",
            "choices": {name: self._visit.t.gettext(STATES[states[-1]]) for name, states in _CHOICES.items()},
        }

    def _event(self, request: "PageRequest") -> PageResponse:
        event = self._visit.desk.event(request.query.get("id", ""))
        body = self._visit.desk.body(event.event_id) if self._visit.viewer.may_see_bodies else None
        attempts = [(each, attempt_words(self._visit.t, each)) for each in self._visit.desk.attempts(event.event_id)]
        return self._visit.drawing.page(
            "event",
            row=row_of(self._visit.t, self._visit.desk, self._visit.viewer, event),
            attempts=attempts,
            payload=visible_lines(body.decode()) if body else None,
            curl=self._curl(event.event_id) if body else None,
            offer=self._visit.offer,
        )

    def _statement(self, request: "PageRequest") -> PageResponse:
        made = statement_file(self._visit.desk, request.query)
        return self._visit.drawing.problem(made) if isinstance(made, HTTPStatus) else made

    def _curl(self, event_id: str) -> str | None:
        """Return the command to send it by hand; None if nothing is posted, or without the worker's HTTP client."""
        try:
            return self._visit.desk.curl(event_id, show_body=True).text
        except (ImportError, NoSubscription, BodyGone, NothingIsPosted):
            return None

    def _result(self, request: "PageRequest") -> PageResponse:
        errand = self._visit.desk.errand(request.query.get("id", ""))
        posts = [(post, post_words(self._visit.t, post)) for post in errand.posts]
        may_be_odd = "odd" in request.query and errand.done and not errand.accepted
        hint = self._visit.t.gettext(ODD_VALUE) if may_be_odd else ""
        saved = "saved" in request.query
        return self._visit.drawing.page("result", errand=errand, posts=posts, saved=saved, hint=hint, **self._status())

    def _lane(self) -> "SubscriberState | None":
        try:
            return self._visit.desk.state()
        except UnknownSubscriber:
            return None

    def subscription(self) -> Any:
        """Return the subscription without its credentials; None if there is none."""
        try:
            return self._visit.desk.subscription()
        except NoSubscription:
            return None

    def _chart(self) -> Chart:
        today = datetime.now(UTC).date()
        return Chart.draw(self._visit.desk.days(today - timedelta(days=DAYS - 1), today), today)


def _window(day: str) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last moment of a day in UTC; nothing for a text that is no day."""
    try:
        first = datetime.combine(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).date(), time.min, UTC)
    except ValueError:
        return None, None
    return first, first + timedelta(days=1, microseconds=-1)
