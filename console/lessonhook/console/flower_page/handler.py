"""What all handlers of the pages share: Flower's authentication, the desk, and waiting off the event loop."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flower.views import BaseHandler
from tornado.ioloop import IOLoop
from tornado.web import HTTPError

from lessonhook.console.flower_page.guards import OUR_POLICY, POLICY
from lessonhook.desk import Desk, LedgerUnavailable, SubscriberDesk, SubscriberState, UnknownSubscriber

T = TypeVar("T")

#: The application's setting that holds the desk.
DESK = "lessonhook_desk"


class Handler(BaseHandler):
    """A handler of Flower's that has the desk."""

    def set_default_headers(self) -> None:
        """Allow our pages less than Flower's own: no script but those that are files of this host."""
        super().set_default_headers()
        self.set_header(POLICY, OUR_POLICY)

    @property
    def desk(self) -> Desk:
        """The desk, which is shared by all handlers."""
        desk: Desk = self.application.settings[DESK]
        return desk

    @property
    def subscriber(self) -> SubscriberDesk:
        """The desk of the subscriber that the request names."""
        return self.desk.of(self.name)

    @property
    def may_act(self) -> bool:
        """Whether the page has buttons: only behind Flower's authentication, and not in its read-only mode."""
        options = self.application.options
        return bool(options.basic_auth or options.auth) and not options.read_only

    @property
    def name(self) -> str:
        """The subscriber's name from the request, as it was written; the code that shows it escapes it."""
        return self.text("name")

    def text(self, argument: str) -> str:
        """Return an argument as it was written; raise the error for 400 if the request lacks it."""
        value: str = self.get_argument(argument, required=True, strip=False, escape=False)
        return value

    async def ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """Run a call that waits for Redis or an endpoint in a thread: Flower serves nobody while its loop waits.

        Raises the error for 503 if Redis does not reply.
        """
        try:
            return await IOLoop.current().run_in_executor(None, question, *arguments)
        except LedgerUnavailable as error:
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE, reason="Redis does not reply") from error

    async def state(self) -> SubscriberState:
        """Return the state of the named subscriber; raise the error for 404 if there is none."""
        try:
            return await self.ask(self.subscriber.state)
        except UnknownSubscriber as error:
            raise HTTPError(HTTPStatus.NOT_FOUND, "Unknown subscriber") from error
