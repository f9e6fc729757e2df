"""The page in a real browser: accessible in light and dark, by keyboard alone, on a phone, from right to left.

npm fetches axe-core; without npm, what needs it is skipped.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response

from lessonhook.config import Settings
from lessonhook.desk import Desk
from lessonhook.page import LANGUAGES, SettingsPage, Viewer
from lessonhook.page.wsgi import WsgiPage
from tests.page.browsing import barriers, served
from tests.page.conftest import KEY
from tests.support.people.customer import Customer
from tests.support.people.producing import running_producer
from tests.support.people.stored_events import Stored

pytestmark = pytest.mark.one_kind_of_server
_CONTROLS = ".lh a, .lh button, .lh input:not([type=hidden]), .lh select, .lh summary, .lh [tabindex]"
Open = Callable[..., Any]


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
        looks: dict[str, Any] = {"color_scheme": scheme, "java_script_enabled": script}
        with (
            served(WsgiPage(page, lambda _: viewer)) as address,
            browser.new_context(viewport={"width": width, "height": 800}, **looks) as context,
        ):
            shown = context.new_page()
            faults: list[str] = []
            shown.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
            shown.on("response", lambda response: faults.append(response.url) if _is_missing(response) else None)
            shown.goto(address)
            yield shown
            assert faults == []

    return open_page


def _is_fault(message: ConsoleMessage) -> bool:
    return message.type == "error" and not message.text.startswith("Failed to load resource")


def _is_missing(response: Response) -> bool:
    """Return whether a style or a script is not there; a page may well be a 404."""
    return not response.ok and response.request.resource_type != "document"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1920])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    opened: Open, stored: Stored, customer: Customer, scheme: str, width: int
) -> None:
    """On every page that there is; wide tables scroll in themselves."""
    stored.refused("17")
    stored.pausing("18")
    customer.backfill(1)
    found: dict[str, list[str]] = {}
    with opened(width, scheme) as page:
        found["overview"] = barriers(page)
        page.click("tbody a")
        found["completion"] = barriers(page)
        page.get_by_role("link", name="Back to the overview").click()
        page.get_by_label("Callback URL").fill("acme.example")
        page.get_by_label("Requests at the same moment, at most").fill("0")
        with page.expect_navigation():
            page.get_by_role("button", name="Save and try").click()
        found["wrong form"] = barriers(page)
        page.get_by_role("button", name="Make a new secret").click()
        page.get_by_role("heading", name="Signing secret").wait_for()
        found["secret"] = barriers(page)
        page.goto(page.url.replace("secret", "event?id=unknown"))
        found["problem"] = barriers(page)
    with opened(width, scheme, may_edit=False, may_see_bodies=False) as page:
        found["who may only look"] = barriers(page)
    assert not any(found.values()), found


def test_each_language_is_accessible_and_fits_a_phone(opened: Open, stored: Stored) -> None:
    """With the longest words that there are, and from right to left."""
    stored.pausing("18")
    found: dict[str, list[str]] = {}
    with opened(360, language="") as page:
        for language in LANGUAGES:
            page.set_extra_http_headers({"Accept-Language": language})
            page.reload()
            found[language] = barriers(page)
            assert page.locator("html").get_attribute("lang") == language
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert not any(found.values()), found


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


def test_on_a_phone_no_label_stands_without_its_fact(opened: Open, stored: Stored) -> None:
    """A completion that was not sent has no response; neither has an attempt whose response has no body."""
    stored.delivered("18")
    stored.held("17")
    empty = """[...document.querySelectorAll('.lh-cards td[data-label]')]
        .filter(each => each.offsetHeight && !each.innerText.trim()).map(each => each.dataset.label)"""
    with opened(390) as page:
        assert page.locator(".lh-cards td[data-label]:visible").count() > 0
        assert page.evaluate(empty) == []
        page.get_by_role("row", name="18").get_by_role("link").click()
        page.get_by_role("table", name="Attempts").wait_for()
        assert page.evaluate(empty) == []


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


def test_a_new_secret_is_copied_by_a_button(opened: Open, stored: Stored) -> None:
    """Byte for byte, and it is said; where the browser forbids it, the secret is selected for the keyboard."""
    stored.delivered("17")
    selected = "getSelection().toString().trim()"
    with opened(390) as page:
        page.get_by_role("button", name="Make a new secret").click()
        secret = page.locator("pre code").inner_text()
        page.evaluate("() => { navigator.clipboard.writeText = async () => { throw new Error('not here'); } }")
        page.get_by_role("button", name="Copy").click()
        page.wait_for_function(f"{selected} === {json.dumps(secret)}")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.evaluate("delete navigator.clipboard.writeText")
        page.get_by_role("button", name="Copy").click()
        page.get_by_text("Copied.").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == secret


def test_without_a_script_one_click_selects_what_is_short(opened: Open, stored: Stored) -> None:
    """The secret, the id and an address; of a body a person may want a part. There is no button that does nothing."""
    stored.delivered("17")
    choice = "all => all.map(each => getComputedStyle(each).userSelect)"
    with opened(script=False) as page:
        page.click("tbody a")
        page.get_by_role("heading", name="Completion", exact=True).wait_for()
        assert page.locator("dd code, #lh-egress code").evaluate_all(choice) == ["all", "all", "all"]
        assert set(page.locator("pre code").evaluate_all(choice)) == {"auto"}
        assert page.get_by_role("button", name="Copy").count() == 0
        page.get_by_role("link", name="Back to the overview").click()
        page.get_by_role("button", name="Make a new secret").click()
        page.get_by_role("heading", name="Signing secret").wait_for()
        assert page.locator("pre code").evaluate_all(choice) == ["all"]
        assert page.get_by_role("button", name="Copy").count() == 0


@pytest.mark.parametrize("width", [390, 1100])
def test_each_value_that_people_copy_has_a_button(opened: Open, stored: Stored, width: int) -> None:
    """The addresses for a firewall, an id, a body and the command; each button copies its own."""
    stored.delivered("17")
    with opened(width) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        egress = page.locator("#lh-egress")
        egress.get_by_role("button", name="Copy").click()
        egress.get_by_text("Copied.").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == ("203.0.113.7, 2001:db8:85a3:8d3:1319:8a2e:370:7348")
        page.click("tbody a")
        page.get_by_role("heading", name="Completion", exact=True).wait_for()
        values = page.locator("[data-copy]")
        buttons = page.get_by_role("button", name="Copy")
        assert buttons.count() == values.count() == 4
        names = buttons.evaluate_all("all => all.map(each => each.ariaLabel)")
        assert names[:3] == ["Copy: Id", "Copy: What is sent", "Copy: The same by hand"]
        assert names[3] == "Copy: 203.0.113.7, 2001:db8:85a3:8d3:1319:8a2e:370:7348"
        page.locator("dd").get_by_role("button", name="Copy").click()
        page.locator("dd").get_by_text("Copied.").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("dd code").inner_text()


def test_the_state_is_renewed_by_the_script(opened: Open, stored: Stored) -> None:
    """After ten seconds, without losing what is being written; the page's policy lets it ask."""
    with opened() as page:
        # The page's own clock, which is turned on: nobody waits for a timer.
        page.clock.install()
        page.reload()
        assert "Set up." in page.locator("#lh-state").inner_text()
        page.get_by_label("Callback URL").fill("https://acme.example/being-written")
        stored.delivered("17")
        with page.expect_response("**/state") as renewed:
            page.clock.fast_forward(10_000)
        assert renewed.value.status == 200
        page.locator("#lh-state").get_by_text("Working.").wait_for()
        assert page.get_by_label("Callback URL").input_value() == "https://acme.example/being-written"
