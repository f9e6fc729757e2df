"""The two pages. They bring no figures: their scripts fetch those, again and again."""

from tornado.web import authenticated

from lessonhook.console.flower_page.handler import Handler


class SubscribersPage(Handler):
    """Every subscriber, trouble on top."""

    @authenticated
    async def get(self) -> None:
        """Answer the page."""
        self.render("subscribers.html")


class SubscriberPage(Handler):
    """One subscriber, its recent events and their attempts, and the buttons."""

    @authenticated
    async def get(self) -> None:
        """Answer the page."""
        lane = await self.lane()
        self.render("subscriber.html", name=lane.subscriber, may_act=self.may_act)
