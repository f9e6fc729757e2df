"""The two pages. They have no figures in them, because their scripts fetch those again and again."""

from typing import Final

from tornado.web import authenticated

from lessonhook.console.flower_page.handler import Handler
from lessonhook.ledger import State

#: The states that events can be chosen by. Of an erased event nothing is kept that could be shown.
_STATES: Final = [state for state in State if state is not State.ERASED]


class SubscribersPage(Handler):
    """Every subscriber, the worst first."""

    @authenticated
    async def get(self) -> None:
        """Send the page."""
        self.render("subscribers.html", may_act=self.may_act)


class SubscriberPage(Handler):
    """One subscriber, its recent events and their attempts, and the buttons."""

    @authenticated
    async def get(self) -> None:
        """Send the page."""
        state = await self.state()
        self.render("subscriber.html", name=state.subscriber, may_act=self.may_act, states=_STATES)
