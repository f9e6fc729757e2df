"""Takes the pictures of the customer's page in `docs/images` anew: `python -m tests.docs.page_screenshots`."""

import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser
from werkzeug.serving import make_server

from lessonhook.desk import Desk
from lessonhook.page import SettingsPage, Viewer
from lessonhook.page.wsgi import WsgiPage
from lessonhook.producer import Lesson
from tests.support.endpoints.receiver import Receiver
from tests.support.people.customer import Customer
from tests.support.people.producing import running_producer
from tests.support.people.stored_events import Stored
from tests.support.processes.browser import CHROMIUM, running_browser
from tests.support.servers.broker_view import BrokerView
from tests.support.servers.server import VALKEY, Server
from tests.support.shortened import short_settings

_IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
_PICTURES: Final[tuple[tuple[str, str, int, Literal["light", "dark"]], ...]] = (
    ("light", "en", 1100, "light"),
    ("dark", "en", 1100, "dark"),
    ("phone", "de", 390, "light"),
    ("arabic", "ar", 1100, "light"),
)
#: The form alone, which is below the first screen.
_FORM: Final = "section[aria-labelledby=lh-settings]"
_EGRESS: Final = tuple(map(ip_network, ("203.0.113.7", "198.51.100.0/24")))
_VIEWER: Final = Viewer(subscriber="acme", name="ada@acme.example", may_edit=True, may_see_bodies=True)


def main() -> int:
    """Let a company succeed and be paused, and take the pictures; return the exit code."""
    if CHROMIUM is None:
        print("no Chromium is installed here", file=sys.stderr)  # noqa: T201
        return 1
    with ExitStack() as opened:
        server = opened.enter_context(Server(VALKEY))
        receiver = opened.enter_context(Receiver())
        settings = short_settings(server.url).model_copy(update={"egress_addresses": _EGRESS})
        producer = opened.enter_context(running_producer(settings))
        customer = Customer("acme", producer, receiver, BrokerView(server), {"authorization": "Token of-acme"})
        stored = Stored(producer.ledger, customer)
        for number in range(4):
            stored.delivered(str(1017 + number))
        stored.refused("1022")
        customer.backfill(1)
        stored.pausing("1023", lesson=Lesson(id="2000", title="First Aid"))
        desk = Desk(producer)
        desk.of("acme").save(
            "https://hr.acme.example/completions",
            authorization="Token of acme's own",
            notice_addresses=("ada@acme.example", "it@acme.example"),
            by=_VIEWER.name,
        )
        desk.of("acme").rotate_secret(by=_VIEWER.name)
        page = SettingsPage(key="of these pictures alone, 32 long", desk=desk, notices=True)
        browser = opened.enter_context(running_browser())
        for name, language, width, scheme in _PICTURES:
            _take(browser, page, name, language=language, width=width, scheme=scheme)
    return 0


def _take(
    browser: Browser, page: SettingsPage, name: str, *, language: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    viewer = replace(_VIEWER, language=language)
    server = make_server("127.0.0.1", 0, WsgiPage(page, lambda _: viewer), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme)
    shown = context.new_page()
    shown.goto(f"http://127.0.0.1:{server.port}/")
    shown.screenshot(path=_IMAGES / f"page-{name}.png")
    if name == "light":
        shown.locator(_FORM).screenshot(path=_IMAGES / "page-form.png")
    context.close()
    server.shutdown()


if __name__ == "__main__":
    sys.exit(main())
