"""What all handlers of the pages share: Flower's authentication, the ledger, and Redis' answers off the event loop."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flower.views import BaseHandler
from redis.exceptions import RedisError
from tornado.ioloop import IOLoop
from tornado.web import HTTPError

from lessonhook.ledger import LaneStatus
from lessonhook.producer import Producer

T = TypeVar("T")

#: The application's settings that hold what the handlers need.
PRODUCER = "lessonhook_producer"
BOARD = "lessonhook_board"
CLIENT = "lessonhook_client"


class Handler(BaseHandler):
    """A handler of Flower's, which knows the ledger."""

    @property
    def producer(self) -> Producer:
        """The way to the ledger."""
        producer: Producer = self.application.settings[PRODUCER]
        return producer

    @property
    def may_act(self) -> bool:
        """Whether buttons are there: only behind Flower's authentication, and not in its read-only mode."""
        options = self.application.options
        return bool(options.basic_auth or options.auth) and not options.read_only

    @property
    def name(self) -> str:
        """The subscriber that the request names, as it was written: what shows it, escapes it."""
        return self.text("name")

    def text(self, argument: str) -> str:
        """Answer an argument as it was written; raise the error of a request that lacks it."""
        value: str = self.get_argument(argument, required=True, strip=False, escape=False)
        return value

    async def ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """Run what waits for Redis, or for an endpoint, in a thread: all of Flower stands still while its loop waits.

        Raises the error of a service that is not available if Redis does not answer.
        """
        try:
            return await IOLoop.current().run_in_executor(None, question, *arguments)
        except RedisError as error:
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE, reason="Redis does not answer") from error

    async def lane(self) -> LaneStatus:
        """Answer the lane of the named subscriber; raise the error of a page that is not there if there is none."""
        lane = await self.ask(self.producer.ledger.status, self.name)
        if not lane.subscribed and not lane.recorded:
            raise HTTPError(HTTPStatus.NOT_FOUND, "Unknown subscriber")
        return lane
