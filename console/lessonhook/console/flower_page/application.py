"""Adds the pages to Flower's application: its routes, its templates, its navigation."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flower.app import rewrite_handler
from tornado.web import StaticFileHandler, url

from lessonhook.console.flower_page.actions import ActionHandler, ResumeHandler, RevokeHandler
from lessonhook.console.flower_page.data import AttemptsData, FoundData, SubscriberData, SubscribersData
from lessonhook.console.flower_page.handler import DESK
from lessonhook.console.flower_page.loader import FlowerLoader
from lessonhook.console.flower_page.pages import SubscriberPage, SubscribersPage

if TYPE_CHECKING:
    from lessonhook.desk import Desk

_HERE: Final = Path(__file__).parent


def add_pages(flower: Any, desk: "Desk") -> None:
    """Add the pages to an application that does not serve yet."""
    routes = [
        url(r"/subscribers", SubscribersPage, name="subscribers"),
        url(r"/subscribers/data", SubscribersData, name="subscribers-data"),
        url(r"/subscribers/found", FoundData, name="subscribers-found"),
        url(r"/subscribers/resume", ResumeHandler, name="subscribers-resume"),
        url(r"/subscriber", SubscriberPage, name="subscriber"),
        url(r"/subscriber/data", SubscriberData, name="subscriber-data"),
        url(r"/subscriber/attempts", AttemptsData, name="subscriber-attempts"),
        url(r"/subscriber/(resume|pause|replay|send-test)", ActionHandler, name="subscriber-action"),
        url(r"/api/task/revoke/.*", RevokeHandler),
        url(r"/subscribers/static/(.*)", StaticFileHandler, {"path": str(_HERE / "static")}, name="subscribers-static"),
    ]
    if flower.options.url_prefix:
        routes = [rewrite_handler(route, flower.options.url_prefix) for route in routes]
    # Before Flower's own routes, because the last one of those responds 404 to everything else.
    flower.add_handlers(r".*", routes)
    flower.settings["template_loader"] = FlowerLoader(own=_HERE / "templates", flower=flower.settings["template_path"])
    flower.settings[DESK] = desk
