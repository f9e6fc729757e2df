"""The order of the subscribers on Flower's page, chosen by the heads of the table or above the cards of a phone."""

from typing import Final

from playwright.sync_api import Page, expect

from lessonhook.console.processes import wait_until
from tests.integration.flower_page.test_in_a_browser import FITS, names, row_of
from tests.support.endpoints.exchange import Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House

#: A page asks every three seconds; this is a bound for a hang.
_SEEN_MS: Final = PATIENCE_SECONDS * 1000
_UNAUTHORIZED: Final = Response(status=401, body=b"who are you?")
#: The height of an element's middle in the window, in pixels.
_MIDDLE: Final = "element => (box => (box.top + box.bottom) / 2)(element.getBoundingClientRect())"
#: Less than half of a line's height: what is farther apart is on two lines.
_ONE_LINE_PIXELS: Final = 10


def few_and_many(house: House) -> tuple[str, str]:
    """Return the names of a subscriber that holds two events and of one that holds four."""
    customers = house.customer(), house.customer()
    for customer, count in zip(customers, (2, 4), strict=True):
        customer.respond(_UNAUTHORIZED)
        customer.publish_many(count)
        customer.wait_for(held=count)
    few, many = customers
    return few.name, many.name


def wait_for_order(page: Page, rows: list[str]) -> None:
    """Wait until the table shows these subscribers in this order, with whomever between them."""
    wait_until(lambda: [name for name in names(page) if name in rows] == rows, PATIENCE_SECONDS, f"the order {rows}")


def test_the_table_is_sorted_by_a_column_with_the_keyboard_alone(page: Page, house: House) -> None:
    """By what is held, the most first; it stays so over each refresh and each visit, and is told to a screen reader."""
    few, many = few_and_many(house)
    page.goto("/subscribers")
    state, held = (page.locator("#subscribers-table th", has_text=words) for words in ("State", "Held"))
    expect(state).to_have_attribute("aria-sort", "ascending", timeout=_SEEN_MS)
    held.press("Enter")
    for order, rows in (("descending", [many, few]), ("ascending", [few, many])):
        for _ in range(2):
            expect(held).to_have_attribute("aria-sort", order)
            wait_for_order(page, rows)
            with page.expect_response(lambda response: "subscribers/data" in response.url, timeout=_SEEN_MS):
                pass
        held.press("Enter")
    held.press("Enter")
    page.reload()
    expect(held).to_have_attribute("aria-sort", "ascending", timeout=_SEEN_MS)
    assert held.evaluate("head => document.activeElement !== head && head.tabIndex") == 0
    page.locator("#subscribers-table th", has_text="State").click()


def test_on_a_phone_the_order_is_chosen_above_the_cards(page: Page, house: House) -> None:
    """By keyboard, in the window, as the heads choose it elsewhere; the heads show it once there is room for them."""
    few, many = few_and_many(house)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/subscribers")
    expect(row_of(page, many)).to_contain_text("paused", timeout=_SEEN_MS)
    order, reverse = page.get_by_label("Sort by"), page.get_by_role("button", name="Reverse")
    assert order.locator("option:checked").inner_text() == "State"
    # The words, the choice and the button are on one line.
    middles = [part.evaluate(_MIDDLE) for part in (page.locator("label[for=order]"), order, reverse)]
    assert max(middles) - min(middles) < _ONE_LINE_PIXELS
    order.focus()
    page.keyboard.type("Held")
    wait_for_order(page, [many, few])
    expect(reverse).to_have_attribute("aria-pressed", "false")
    reverse.press("Enter")
    wait_for_order(page, [few, many])
    expect(reverse).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(FITS)

    page.reload()
    expect(reverse).to_have_attribute("aria-pressed", "true", timeout=_SEEN_MS)
    assert order.locator("option:checked").inner_text() == "Held"
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(order).to_be_hidden()
    held, state = (page.locator("#subscribers-table th", has_text=words) for words in ("Held", "State"))
    expect(held).to_have_attribute("aria-sort", "ascending")
    state.click()
    expect(state).to_have_attribute("aria-sort", "ascending")
