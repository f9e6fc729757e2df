"""A link in a real browser: with a script and without one, accessible, on a phone and from right to left."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser

from lessonhook.page import LANGUAGES, SettingsPage
from lessonhook.page.linked import LinkedPage
from tests.page.browsing import barriers, served
from tests.support.people.stored_events import Stored

pytestmark = pytest.mark.one_kind_of_server


@pytest.fixture
def address(page: SettingsPage) -> Iterator[str]:
    """Serve the page behind links, and yield its address."""
    with served(LinkedPage(page)) as shown:
        yield shown


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
        assert barriers(tab) == []


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
def test_it_is_accessible_and_fits_a_phone(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    """The page with the button and the one of an ended link, in each language."""
    found: dict[str, list[str]] = {}
    with browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme) as context:
        tab = context.new_page()
        for language in LANGUAGES:
            tab.set_extra_http_headers({"Accept-Language": language})
            for path in ("enter", ""):
                tab.goto(f"{address}{path}")
                found[f"{language} {path}"] = barriers(tab)
                assert tab.locator("html").get_attribute("lang") == language
                assert tab.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert not any(found.values()), found
