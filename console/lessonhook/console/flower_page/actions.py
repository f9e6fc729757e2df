"""What the buttons do: resume, pause, replay one event, send a test. Each is a POST of a user whom Flower lets in."""

import logging
from base64 import b64decode
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from tornado.web import HTTPError, RequestHandler, authenticated

from lessonhook.console.flower_page.handler import Handler
from lessonhook.desk import NotFound, Replayed

if TYPE_CHECKING:
    from collections.abc import Callable

# Like Flower's own, because its log is tornado's and not the workers'.
_log: Final = logging.getLogger(__name__)


class GuardedHandler(Handler):
    """The base of the handlers that change something, so that each of them has all guards."""

    def check_xsrf_cookie(self) -> None:
        """Require the token in every case; Flower requires it only if there is a session to misuse."""
        super().check_xsrf_cookie()
        RequestHandler.check_xsrf_cookie(self)

    def require_permission(self) -> None:
        """Raise the error for 403 if the page has no buttons for this user."""
        if not self.may_act:
            raise HTTPError(HTTPStatus.FORBIDDEN, "Without authentication, or in read only mode, nothing can be done")

    def by(self) -> str:
        """Return who pressed the button: an account's e-mail, or the name that was given with the password."""
        if isinstance(self.current_user, str):
            return self.current_user
        # Flower has checked it, but keeps no name.
        _, _, credentials = self.request.headers["Authorization"].partition(" ")
        return b64decode(credentials).decode().partition(":")[0]


class ResumeHandler(GuardedHandler):
    """Resumes the subscribers that were selected in the table."""

    @authenticated
    async def post(self) -> None:
        """Resume each subscriber of the arguments `name`, and send in words how that ended."""
        self.require_permission()
        names = self.get_arguments("name", strip=False)
        gone = [name for name in names if not await self.ask(self._resume, name)]
        resumed = len(names) - len(gone)
        words = f"Resumed {resumed} of {len(names)} subscribers."
        if gone:
            words += f" Not there any more: {', '.join(gone)}."
        _log.info("resume of %s by %s: %s", ", ".join(names), self.by(), words)
        self.write({"well": not gone, "words": words})

    def _resume(self, name: str) -> bool:
        try:
            self.desk.of(name).resume(by=self.by())
        except NotFound:
            return False
        return True


class ActionHandler(GuardedHandler):
    """One handler for all buttons of a subscriber's page."""

    @authenticated
    async def post(self, action: str) -> None:
        """Do the action to the subscriber of the argument `name`, and send in words how it ended."""
        self.require_permission()
        state = await self.state()
        actions: dict[str, Callable[[], tuple[bool, str]]] = {
            "resume": self._resume,
            "pause": self._pause,
            "replay": self._replay,
            "send-test": self._send_test,
        }
        well, words = await self.ask(actions[action])
        _log.info("%s of %s by %s: %s", action, state.subscriber, self.by(), words)
        self.write({"well": well, "words": words})

    def _resume(self) -> tuple[bool, str]:
        self.subscriber.resume(by=self.by())
        return True, "Resumed. After used-up attempts the oldest event is sent first, alone."

    def _pause(self) -> tuple[bool, str]:
        self.subscriber.pause(by=self.by())
        return True, "Paused until somebody resumes it."

    def _replay(self) -> tuple[bool, str]:
        try:
            event = self.subscriber.event(self.text("event_id"))
        except NotFound:
            return False, "There is no such event any more."
        [result] = self.desk.replay([event], by=self.by())
        if result.replayed is Replayed.SKIPPED:
            return False, f"Not sent: {result.words}."
        return result.replayed is Replayed.ACCEPTED, _sentence(result.words, result.advice)

    def _send_test(self) -> tuple[bool, str]:
        try:
            result = self.subscriber.send_sample()
        except NotFound:
            return False, "There is no subscription to send a test to."
        return result.accepted, _sentence(result.words, result.advice)


class RevokeHandler(Handler):
    """Replaces Flower's own, whose response would be untrue: workers deliver the events of revoked messages too."""

    @authenticated
    async def post(self) -> None:
        """Refuse, and say what to do instead; Flower's page of the task shows the text."""
        self.set_status(HTTPStatus.CONFLICT)
        self.write("An event can't be revoked. To send a company nothing, pause it on its page of Subscribers.")


def _sentence(words: str, advice: str | None) -> str:
    return f"{words}; {advice}." if advice else f"{words}."
