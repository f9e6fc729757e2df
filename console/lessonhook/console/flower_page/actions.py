"""What the buttons do: resume, pause, replay one event, send a test. Each by POST, by whom Flower lets in."""

import logging
from base64 import b64decode
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from tornado.web import HTTPError, RequestHandler, authenticated

from lessonhook.console.flower_page.handler import CLIENT, Handler
from lessonhook.console.outcome_words import in_words, what_to_do
from lessonhook.console.replaying import REPLAY, Replayed, Replayer
from lessonhook.console.trial import send_sample
from lessonhook.ledger import Events, Kind, Outcome, publish
from lessonhook.worker.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

# As Flower's own: its log is tornado's, not the workers'.
_log: Final = logging.getLogger(__name__)


class ActionHandler(Handler):
    """One handler for all buttons, so that none of them can be without its guards."""

    def check_xsrf_cookie(self) -> None:
        """Ask for the token in every case; Flower itself asks for it only where there is a session to be misused."""
        super().check_xsrf_cookie()
        RequestHandler.check_xsrf_cookie(self)

    @authenticated
    async def post(self, action: str) -> None:
        """Do what the button says to the subscriber of the argument `name`; answer what came of it, in words."""
        if not self.may_act:
            raise HTTPError(HTTPStatus.FORBIDDEN, "Without authentication, or in read only mode, nothing can be done")
        lane = await self.lane()
        actions: dict[str, Callable[[], tuple[bool, str]]] = {
            "resume": self._resume,
            "pause": self._pause,
            "replay": self._replay,
            "send-test": self._send_test,
        }
        well, words = await self.ask(actions[action])
        _log.info("%s of %s by %s: %s", action, lane.subscriber, self._by(), words)
        self.write({"well": well, "words": words})

    def _resume(self) -> tuple[bool, str]:
        publish(self.producer.app, self.producer.ledger.resume(self.name))
        return True, "Resumed; after used up attempts the oldest event goes first, alone."

    def _pause(self) -> tuple[bool, str]:
        publish(self.producer.app, self.producer.ledger.pause(self.name))
        return True, "Paused until somebody resumes it."

    def _replay(self) -> tuple[bool, str]:
        event = Events(self.producer.ledger).get(self.name, self.text("event_id"))
        if event is None:
            return False, "There is no such event any more."
        result = Replayer(self.producer, self._client, by=f"{REPLAY} {self._by()}").replay(event)
        if result.outcome is None:
            return False, f"Not sent: {result.why}."
        return result.replayed is Replayed.ACCEPTED, _words(result.outcome)

    def _send_test(self) -> tuple[bool, str]:
        subscription = self.producer.ledger.subscription(self.name)
        if subscription is None:
            return False, "There is no subscription to send a test to."
        _, outcome = send_sample(self._client, subscription)
        return outcome.kind is Kind.ACCEPTED, _words(outcome)

    @property
    def _client(self) -> Client:
        client: Client = self.application.settings[CLIENT]
        return client

    def _by(self) -> str:
        """Name who pressed the button: an account's e-mail, or the name that was given with the password."""
        if isinstance(self.current_user, str):
            return self.current_user
        # Flower has checked it, and keeps no name.
        _, _, credentials = self.request.headers["Authorization"].partition(" ")
        return b64decode(credentials).decode().partition(":")[0]


class RevokeHandler(Handler):
    """In the stead of Flower's own: workers take revoked messages too, and its answer would be untrue."""

    @authenticated
    async def post(self) -> None:
        """Refuse, and say what there is instead; Flower's page of the task shows it."""
        self.set_status(HTTPStatus.CONFLICT)
        self.write("An event can't be revoked. To send a company nothing, pause it on its page of Subscribers.")


def _words(outcome: Outcome) -> str:
    advice = what_to_do(outcome)
    return f"{in_words(outcome)}{f'; {advice}' if advice else ''}."
