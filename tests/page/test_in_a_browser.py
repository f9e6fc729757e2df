"""The page in a real browser: accessible in light and dark, by keyboard alone, on a phone, from right to left.

axe-core is an npm package: `npm install --no-save axe-core` in the checkout, or TEST_AXE names its axe.min.js.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from lessonhook.config import Settings
from lessonhook.desk import Desk
from lessonhook.page import LANGUAGES, SettingsPage, Viewer
from lessonhook.page.wsgi import WsgiPage
from tests.page.conftest import KEY
from tests.support.people.producing import running_producer
from tests.support.people.stored_events import Stored
from tests.support.processes.browser import running_browser
from tests.support.rooms import ROOT

_AXE = Path(os.environ.get("TEST_AXE", ROOT / "node_modules" / "axe-core" / "axe.min.js"))
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_CONTROLS = ".lh a, .lh button, .lh input:not([type=hidden]), .lh select, .lh summary, .lh [tabindex]"
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a browser."""
    with running_browser() as launched:
        yield launched


@pytest.fixture
def page(settings: Settings) -> Iterator[SettingsPage]:
    """Yield the page with all that it can offer."""
    named = {"egress_addresses": tuple(map(ip_network, ("203.0.113.7", "2001:db8:85a3:8d3:1319:8a2e:370:7348")))}
    with running_producer(settings.model_copy(update=named)) as producer:
        yield SettingsPage(key=KEY, desk=Desk(producer), notices=True)


@pytest.fixture
def opened(browser: Browser, page: SettingsPage, ada: Viewer) -> Open:
    """Return what serves the page to a viewer and opens it in the browser, for the length of a `with`."""

    @contextmanager
    def open_page(
        width: int = 1100, scheme: Literal["light", "dark"] = "light", *, script: bool = True, **changes: Any
    ) -> Iterator[Page]:
        viewer = replace(ada, **changes)
        server = make_server("127.0.0.1", 0, WsgiPage(page, lambda _: viewer), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script
        )
        shown = context.new_page()
        faults: list[str] = []
        shown.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        shown.goto(f"http://127.0.0.1:{server.port}/")
        try:
            yield shown
            assert faults == []
        finally:
            context.close()
            server.shutdown()
            thread.join()
            server.server_close()

    return open_page


def _violations(page: Page) -> list[str]:
    if not _AXE.exists():
        pytest.skip("axe-core is not installed here: npm install --no-save axe-core")
    # By the protocol and not by a tag, because the page's policy lets no other script in.
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", _RULES)
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1920])
def test_axe_finds_nothing_and_nothing_is_cut_off(opened: Open, stored: Stored, scheme: str, width: int) -> None:
    """On the overview and on a completion; wide tables scroll in themselves."""
    stored.refused("17")
    stored.pausing("18")
    with opened(width, scheme) as page:
        assert _violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.click("tbody a")
        assert _violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_accessible_and_fits_a_phone(opened: Open, stored: Stored, language: str) -> None:
    """With the longest words that there are, and from right to left."""
    stored.pausing("18")
    with opened(360, language=language) as page:
        assert _violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")


def test_on_a_phone_a_completion_is_a_card(opened: Open, stored: Stored) -> None:
    """All of it is in the window, each fact with its column's words; for a screen reader it is a table as before."""
    stored.refused("17")
    with opened(320) as page:
        fits = "[...document.querySelectorAll('.lh-wide')].every(each => each.scrollWidth <= each.clientWidth)"
        cells = page.get_by_role("table", name="Recent completions").get_by_role("row").nth(1).get_by_role("cell")
        words = cells.evaluate_all("all => all.map(each => getComputedStyle(each, '::before').content)")
        assert '"Learner"' in words
        assert page.evaluate(fits)
        page.click("tbody a")
        page.get_by_role("table", name="Attempts").wait_for()
        assert page.evaluate(fits)


def test_the_keyboard_reaches_and_shows_each_control(opened: Open, stored: Stored) -> None:
    """In the order in which they stand; the one that has the focus has a visible outline."""
    stored.refused("17")
    with opened() as page:
        controls = page.locator(_CONTROLS).locator("visible=true")
        reached = set()
        for _ in range(2 * controls.count()):
            page.keyboard.press("Tab")
            width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            if page.evaluate("document.activeElement.closest('.lh') !== null"):
                assert width == "3px"
                reached.add(page.evaluate("[...document.querySelectorAll('.lh *')].indexOf(document.activeElement)"))
        assert len(reached) == controls.count()


def test_without_a_script_a_completion_is_found_and_looked_at(opened: Open, stored: Stored) -> None:
    """Everything is a link or a form."""
    stored.delivered("17")
    stored.delivered("18")
    with opened(script=False) as page:
        page.get_by_label("Search").fill("17")
        with page.expect_navigation():
            page.get_by_role("button", name="Show").click()
        assert page.locator("tbody tr").count() >= 1
        page.locator("tbody a").first.click()
        page.get_by_role("heading", name="Completion", exact=True).wait_for()


def test_the_state_is_renewed_by_the_script(opened: Open, stored: Stored) -> None:
    """The page's policy lets it ask, and nothing else changes."""
    stored.delivered("17")
    with opened() as page:
        with page.expect_response("**/state", timeout=30_000) as renewed:
            pass
        assert renewed.value.status == 200
        assert "Working." in page.locator("#lh-state").inner_text()
