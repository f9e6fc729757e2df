"""Events on the Subscribers page, in a real browser: found by an id, chosen by state, paged, kept in their places."""

from itertools import chain
from typing import Final

from playwright.sync_api import Locator, Page, expect

from lessonhook.desk import Desk
from tests.integration.flower_page.test_in_a_browser import open_subscriber, row_of
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House

#: A page asks every three seconds; this is a bound for a hang.
_SEEN_MS: Final = PATIENCE_SECONDS * 1000
_A_PAGE: Final = 50
_MUCH_LATER: Final = Response(status=503, headers=(("Retry-After", "600"),))


def shown_events(page: Page) -> list[str]:
    """Return the ids of the events that the table shows, from the top."""
    rows: list[str] = page.eval_on_selector_all("tr[data-event]", "rows => rows.map((row) => row.dataset.event)")
    return rows


def rows_of_events(page: Page) -> Locator:
    """Return the rows of the table of events."""
    return page.locator("tr[data-event]")


def holding(house: House, count: int) -> tuple[Customer, list[str]]:
    """Return a customer whose endpoint asks to wait, and the ids of its events, in the order of publishing."""
    customer = house.customer()
    customer.respond(_MUCH_LATER)
    events = [customer.publish()]
    customer.wait_for(retrying=1)
    return customer, events + customer.publish_many(count - 1)


def test_events_are_paged(page: Page, house: House) -> None:
    """Fifty on a page, the newest first; each is on exactly one page."""
    customer, events = holding(house, 2 * _A_PAGE + 3)
    open_subscriber(page, customer)
    expect(rows_of_events(page)).to_have_count(_A_PAGE)
    expect(page.get_by_role("button", name="Newer")).to_be_disabled()
    pages = [shown_events(page)]
    for expected in (_A_PAGE, 3):
        page.get_by_role("button", name="Older").click()
        expect(page.locator(f'tr[data-event="{pages[-1][0]}"]')).to_have_count(0)
        expect(rows_of_events(page)).to_have_count(expected)
        pages.append(shown_events(page))
    assert sorted(chain.from_iterable(pages)) == sorted(events)
    expect(page.get_by_role("button", name="Older")).to_be_disabled()
    page.get_by_role("button", name="Newest").click()
    expect(page.locator(f'tr[data-event="{pages[0][0]}"]')).to_have_count(1)
    assert shown_events(page) == pages[0]


def test_events_are_chosen_by_state_and_the_address_keeps_it(page: Page, house: House) -> None:
    """A link to what is held can be sent to somebody."""
    customer, (retrying, *held) = holding(house, 3)
    open_subscriber(page, customer)
    expect(rows_of_events(page)).to_have_count(3)
    page.get_by_label("State").select_option("held")
    expect(rows_of_events(page)).to_have_count(2)
    assert sorted(shown_events(page)) == sorted(held)
    page.reload()
    expect(rows_of_events(page)).to_have_count(2)
    page.get_by_label("State").select_option("retrying")
    expect(rows_of_events(page)).to_have_count(1)
    assert shown_events(page) == [retrying]
    page.get_by_label("State").select_option("refused")
    expect(page.locator("#events-table tbody")).to_contain_text("No event is like this.")


def test_an_event_is_found_by_what_a_person_knows(page: Page, house: House) -> None:
    """By the learner's id, the lesson's and the beginning of its own, in the ledger and not in Flower's memory."""
    customer = house.customer()
    wanted = customer.publish(learner="learner-of-the-ticket", event_id="b3c7-of-the-ticket")
    customer.publish_many(2)
    customer.wait_for(delivered=3)
    for sought in ("learner-of-the-ticket", "b3c7-of-the-ticket", "b3c7"):
        open_subscriber(page, customer)
        page.get_by_placeholder("Id of an event, a learner or a lesson").fill(sought)
        page.get_by_role("button", name="Find").click()
        expect(rows_of_events(page)).to_have_count(1)
        assert shown_events(page) == [wanted]


def test_an_event_of_any_subscriber_is_found_from_the_first_page(page: Page, house: House) -> None:
    """It leads to the event on its subscriber's page; what is not there is said in words."""
    customer = house.customer()
    customer.publish(learner="learner-of-a-call")
    customer.wait_for(delivered=1)
    page.goto("/subscribers")
    find = page.get_by_label("Find an event")
    find.fill("nobody-of-this-name")
    find.press("Enter")
    expect(page.locator("#found-words")).to_contain_text("No event, learner or lesson has the id nobody-of-this-name")
    find.fill("learner-of-a-call")
    find.press("Enter")
    expect(page.locator("#found-words")).to_have_text("1 found by learner-of-a-call")
    expect(page.locator("#found-table")).to_contain_text(customer.name)
    page.locator("#found-table a").click()
    expect(page.locator("h1")).to_contain_text(customer.name)
    expect(rows_of_events(page)).to_have_count(1)


def test_an_event_of_the_past_is_marked(page: Page, house: House) -> None:
    """On its subscriber's page, and where it is found; a live one is not."""
    customer = house.customer()
    [past] = customer.backfill(1)
    customer.publish()
    customer.wait_for(delivered=2)
    open_subscriber(page, customer)
    expect(rows_of_events(page)).to_have_count(2)
    marked = page.locator("tr[data-event]", has=page.locator(".subscribers-past"))
    expect(marked).to_have_count(1)
    expect(marked).to_have_attribute("data-event", past)
    page.goto("/subscribers")
    page.get_by_label("Find an event").fill(past)
    page.get_by_label("Find an event").press("Enter")
    expect(page.locator("#found-table .subscribers-past")).to_have_text("past")


def test_a_task_is_linked_only_where_flower_knows_it(page: Page, house: House) -> None:
    """Flower forgets its tasks when it is started again, and never had one of an event that is held."""
    customer, (_, held) = holding(house, 2)
    open_subscriber(page, customer)
    expect(page.locator(f'tr[data-event="{held}"]')).to_have_count(1)
    expect(page.locator(f'tr[data-event="{held}"]').get_by_role("link", name="Task")).to_have_count(0)
    for row in rows_of_events(page).all():
        for link in row.get_by_role("link", name="Task").all():
            assert page.request.get(f"{_origin(page)}{link.get_attribute('href')}").ok


def _origin(page: Page) -> str:
    origin: str = page.evaluate("window.location.origin")
    return origin


def test_a_row_keeps_its_place_and_the_focus_while_it_is_in_use(page: Page, house: House) -> None:
    """New events do not move the rows that a person reads; a button offers them."""
    customer, _ = holding(house, 3)
    open_subscriber(page, customer)
    expect(rows_of_events(page)).to_have_count(3)
    before = shown_events(page)
    button = page.get_by_role("button", name=before[1])
    button.focus()
    fresh = customer.publish()
    expect(page.locator("#show-new")).to_have_text("Show 1 newer or changed", timeout=_SEEN_MS)
    assert shown_events(page) == before
    expect(button).to_be_focused()
    page.locator("#show-new").click()
    expect(rows_of_events(page)).to_have_count(4)
    assert fresh in shown_events(page)


def test_the_focus_stays_on_a_row_that_changes(page: Page, house: House) -> None:
    """A person who uses the keyboard does not begin at the top again when an event's state changes."""
    customer, [event] = holding(house, 1)
    open_subscriber(page, customer)
    page.get_by_role("button", name=event).focus()
    customer.respond(ACCEPTED)
    house.resume(customer)
    assert list(Desk(house.producer).of(customer.name).replay(event, by="the test"))
    expect(page.locator(f'tr[data-event="{event}"]')).to_contain_text("delivered", timeout=_SEEN_MS)
    expect(page.get_by_role("button", name=event)).to_be_focused()


def test_selected_subscribers_are_resumed_together(page: Page, house: House) -> None:
    """Only paused ones can be selected; the selection outlives a refresh."""
    paused, well = [house.customer(), house.customer(), house.customer()], house.customer()
    for customer in paused:
        customer.respond(FAILED)
        customer.publish()
    for customer in paused:
        customer.wait_for(paused=True)
        customer.respond(ACCEPTED)
    page.goto("/subscribers")
    resume = page.get_by_role("button", name="Resume selected")
    expect(resume).to_be_disabled(timeout=_SEEN_MS)
    expect(row_of(page, well.name).get_by_role("checkbox")).to_have_count(0)
    for customer in paused[:2]:
        row_of(page, customer.name).get_by_role("checkbox").check()
    stamp = page.locator("#live-status").inner_text()
    expect(page.locator("#live-status")).not_to_have_text(stamp, timeout=_SEEN_MS)
    expect(row_of(page, paused[0].name).get_by_role("checkbox")).to_be_checked()
    page.once("dialog", lambda dialog: dialog.accept())
    resume.click()
    expect(page.locator(".toast")).to_contain_text("Resumed 2 of 2 subscribers.")
    for customer in paused[:2]:
        customer.wait_for(delivered=1, paused=None)
    assert paused[2].status.paused is not None
    expect(row_of(page, paused[0].name).get_by_role("checkbox")).to_have_count(0, timeout=_SEEN_MS)
    house.resume(paused[2])
