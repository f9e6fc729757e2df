"""Takes the pictures of Flower's pages in `docs/images`: `python -m tests.docs.flower_screenshots`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Page, ViewportSize, expect

from tests.support.endpoints.exchange import Response
from tests.support.people.customer import Customer
from tests.support.people.house import House, open_house
from tests.support.processes.browser import CHROMIUM, running_browser
from tests.support.processes.subscribers_page import WITH_PASSWORD, running_site, signed_in
from tests.support.servers.server import VALKEY

_IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
#: A usual laptop's window, in pixels.
_WINDOW: Final[ViewportSize] = {"width": 1280, "height": 860}
#: All of a page whose head stays at the top of the window.
_HIGH_WINDOW: Final[ViewportSize] = {"width": 1280, "height": 1420}
_WELL: Final = ("acme", "oscorp", "soylent", "stark-industries", "tyrell", "wonka")
_UNAUTHORIZED: Final = Response(status=401, body=b'{"error": "token expired"}')
_MUCH_LATER: Final = Response(status=503, headers=(("Retry-After", "1200"),))


def main() -> int:
    """Let companies succeed and fail, and take the pictures; return the exit code."""
    if CHROMIUM is None:
        print("no Chromium is installed here", file=sys.stderr)  # noqa: T201
        return 1
    with (
        TemporaryDirectory() as directory,
        open_house(VALKEY, Path(directory), retry_delay_seconds=2.0) as house,
        running_site(house.settings, Path(directory), WITH_PASSWORD) as site,
        running_browser() as browser,
    ):
        assert house.worker.running
        with signed_in(browser, site) as page:
            page.set_viewport_size(_WINDOW)
            _take(page, house)
    return 0


def _take(page: Page, house: House) -> None:
    page.goto("/workers")
    expect(page.locator("#workers-table tbody")).to_contain_text("worker1@test")
    _live(house)
    page.goto("/tasks")
    expect(page.locator("#tasks-table tbody tr").nth(12)).to_be_visible()
    page.screenshot(path=_IMAGES / "flower-tasks.png")
    page.goto("/subscribers")
    expect(page.locator("#live-status")).to_contain_text("Updated")
    page.screenshot(path=_IMAGES / "flower-subscribers.png", full_page=True)
    page.goto("/subscriber?name=globex")
    expect(page.locator("#live-status")).to_contain_text("Updated")
    page.locator("table button").filter(has_text="-").last.click()
    expect(page.locator(".subscribers-attempts")).to_contain_text("token expired")
    page.set_viewport_size(_HIGH_WINDOW)
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=_IMAGES / "flower-subscriber.png")


def _live(house: House) -> None:
    """Let most companies do well, one refuse its token, one ask for patience, and one be paused by an operator."""
    for name in _WELL:
        customer = _customer(house, name)
        customer.publish_many(2)
        customer.wait_for(delivered=2)
    globex, umbrella, cyberdyne = (_customer(house, name) for name in ("globex", "umbrella", "cyberdyne"))
    globex.respond(_UNAUTHORIZED)
    globex.publish_many(4)
    globex.wait_for(paused=True)
    cyberdyne.publish_many(2)
    cyberdyne.wait_for(delivered=2)
    house.ledger.pause(cyberdyne.name)
    cyberdyne.publish_many(3)
    umbrella.respond(_MUCH_LATER)
    umbrella.publish()
    umbrella.wait_for(retrying=1)


def _customer(house: House, name: str) -> Customer:
    url = house.receiver.url(f"/{name}")
    return Customer(
        name, house.producer, house.receiver, house.broker, {"callback_url": url, "authorization": "Token of a sample"}
    )


if __name__ == "__main__":
    sys.exit(main())
