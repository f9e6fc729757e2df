"""A link in a real browser: with a script and without one, accessible, on a phone and from right to left."""

import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from lessonhook.page import LANGUAGES, SettingsPage
from lessonhook.page.linked import LinkedPage
from tests.page.test_in_a_browser import _violations as violations
from tests.page.test_in_a_browser import browser
from tests.support.people.stored_events import Stored

__all__ = ["browser"]


@pytest.fixture
def address(page: SettingsPage) -> Iterator[str]:
    """Serve the page behind links, and yield its address."""
    server = make_server("127.0.0.1", 0, LinkedPage(page), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def _here(link: str, address: str) -> str:
    return f"{address}enter#{link.partition('#')[2]}"


def test_a_link_opens_with_one_press(browser: Browser, page: SettingsPage, stored: Stored, address: str) -> None:
    """The code leaves the address at once, so it is in no history; the second time the page says that it was used."""
    stored.delivered("17")
    link = _here(page.link("acme"), address)
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(link)
        tab.get_by_role("button", name="Open the page").wait_for()
        assert tab.url == f"{address}enter"
        assert not tab.locator("#lh-code").is_visible()
        tab.get_by_role("button", name="Open the page").click()
        assert "Working." in tab.locator("#lh-state").inner_text()
        assert tab.evaluate("document.cookie") == ""
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(link)
        tab.get_by_role("button", name="Open the page").click()
        assert "it was used already" in tab.get_by_role("alert").inner_text()
        assert violations(tab) == []


def test_without_a_script_the_link_is_pasted(
    browser: Browser, page: SettingsPage, stored: Stored, address: str
) -> None:
    """The words say so, and the field takes the whole link."""
    stored.delivered("17")
    with browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        link = page.link("acme")
        tab.goto(_here(link, address))
        tab.get_by_label("Link", exact=True).fill(link)
        tab.get_by_role("button", name="Open the page").click()
        assert "Working." in tab.locator("#lh-state").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_accessible_and_fits_a_phone(
    browser: Browser, address: str, language: str, scheme: Literal["light", "dark"]
) -> None:
    """In each language."""
    with browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme, locale=language) as context:
        tab = context.new_page()
        for path in ("enter", ""):
            tab.goto(f"{address}{path}")
            assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert tab.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            assert violations(tab) == []
