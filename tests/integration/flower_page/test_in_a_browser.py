"""The Subscribers page as an engineer uses it, in a real browser."""

import re

from playwright.sync_api import Locator, Page, expect

from lessonhook.console.processes import wait_until
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House

#: A page asks every three seconds; this is a bound for a hang.
_SEEN_MS = PATIENCE_SECONDS * 1000
_MUCH_LATER = Response(status=503, headers=(("Retry-After", "600"),))
_UNAUTHORIZED = Response(status=401, body=b"who are you?")
#: Whether nothing on the page is wider than its place.
FITS = """[document.documentElement, ...document.querySelectorAll(".table-responsive")]
.every((each) => each.scrollWidth <= each.clientWidth)"""
#: The contrast of each button and attempt that is seen to the first ground behind it that has a colour, by its words.
_CONTRASTS = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = parts(colour).map((each) => each / 255)
      .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (node) => {
    const colour = getComputedStyle(node).backgroundColor;
    return (parts(colour)[3] ?? 1) > 0 || !node.parentElement ? colour : ground(node.parentElement);
  };
  const texts = ".subscribers-page .btn:not(:disabled), .subscribers-attempts span";
  const seen = [...document.querySelectorAll(texts)].filter((each) => each.offsetWidth);
  return Object.fromEntries(seen.map((button) => {
    const [one, other] = [light(getComputedStyle(button).color), light(ground(button))].sort((a, b) => b - a);
    return [button.textContent.trim(), (one + 0.05) / (other + 0.05)];
  }));
}"""


def row_of(page: Page, name: str) -> Locator:
    """Return a subscriber's row of the table."""
    return page.locator("#subscribers-table tbody tr", has=page.get_by_role("link", name=name, exact=True))


def names(page: Page) -> list[str]:
    """Name the subscribers of the table, from the top."""
    return page.locator("#subscribers-table tbody a").all_inner_texts()


def open_subscriber(page: Page, customer: Customer) -> None:
    """Open a subscriber's page."""
    page.goto(f"/subscriber?name={customer.name}")
    expect(page.locator("#live-status")).to_contain_text("Updated", timeout=_SEEN_MS)


def test_the_tasks_page_finds_an_event_by_its_id(page: Page, house: House) -> None:
    """Flower's own search; the same id as in the log, on the command line and in the `webhook-id` of the POST."""
    customer = house.customer()
    with_site_listening(page)
    event_id = customer.publish()
    customer.wait_for(delivered=1)

    def found() -> bool:
        page.goto("/tasks")
        page.get_by_role("searchbox").fill(event_id)
        task = page.locator("#tasks-table tbody tr", has_text=event_id)
        task.first.wait_for(timeout=_SEEN_MS)
        return "SUCCESS" in task.first.inner_text()

    wait_until(found, PATIENCE_SECONDS, "the event among Flower's tasks")
    expect(page.locator("#tasks-table tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Subscribers").click()
    expect(row_of(page, customer.name)).to_contain_text("delivering")


def test_the_tasks_page_says_whose_event_it_is_and_how_it_ended(page: Page, house: House) -> None:
    """Within a laptop's window: the company, and why it is tried again; once it is accepted, that and nothing else."""
    customer, other = house.customer(), house.customer()
    with_site_listening(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    customer.respond(FAILED, ACCEPTED)
    customer.publish()
    other.respond(_MUCH_LATER)
    other.publish()
    customer.wait_for(delivered=1)
    accepted = _row_of_task(page, customer, "SUCCESS")
    expect(accepted).to_contain_text("accepted: 200 (attempt 2 of 3)")
    expect(accepted).not_to_contain_text("status: 500")
    reason = _row_of_task(page, other, "RETRY").get_by_text("status: 503")
    expect(reason).to_be_visible()
    box = reason.bounding_box()
    assert box
    assert box["x"] + box["width"] <= 1280


def _row_of_task(page: Page, customer: Customer, state: str) -> Locator:
    """Wait for the row of a customer's task in a state; Flower hears of it a moment later."""
    row = page.locator("#tasks-table tbody tr").filter(has=page.get_by_text(customer.name, exact=True))
    row = row.filter(has=page.get_by_text(state, exact=True))

    def seen() -> bool:
        page.goto("/tasks")
        page.locator("#tasks-table tbody tr").first.wait_for(timeout=_SEEN_MS)
        return row.count() == 1

    wait_until(seen, PATIENCE_SECONDS, f"a task in the state {state}")
    return row


def with_site_listening(page: Page) -> None:
    """Wait until Flower hears the worker's events; what came before, it never knew."""
    page.goto("/workers")
    expect(page.locator("#workers-table tbody")).to_contain_text("worker1@test", timeout=_SEEN_MS)


def test_a_pause_is_seen_as_it_happens_and_resumed_from_the_page(page: Page, house: House) -> None:
    """Without a reload: the row turns red and rises to the top; resumed, the held events are delivered."""
    well, troubled = house.customer(), house.customer()
    well.publish()
    well.wait_for(delivered=1)
    page.goto("/subscribers")
    expect(row_of(page, troubled.name)).to_contain_text("delivering", timeout=_SEEN_MS)

    troubled.respond(FAILED)
    troubled.publish_many(3)
    expect(row_of(page, troubled.name)).to_contain_text("paused", timeout=_SEEN_MS)
    expect(row_of(page, troubled.name)).to_contain_text("attempts used up: 500")
    # The order is kept for a moment, and longer where it took long to read.
    first = page.locator("#subscribers-table tbody tr").first
    expect(first).to_contain_text(troubled.name, timeout=_SEEN_MS)

    troubled.respond(ACCEPTED)
    page.get_by_role("link", name=troubled.name, exact=True).click()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".toast")).to_contain_text(f"{troubled.name}: Resumed")
    expect(page.locator("#state")).to_have_text("delivering", timeout=_SEEN_MS)
    troubled.wait_for(delivered=3, paused=None)
    expect(page.locator("#lane-delivered")).to_have_text("3", timeout=_SEEN_MS)
    expect(page.get_by_role("button", name="Resume")).to_be_hidden()


def test_an_operator_pauses_from_the_page(page: Page, house: House) -> None:
    """Asked first, since nothing goes to the company then."""
    customer = house.customer()
    open_subscriber(page, customer)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#why")).to_contain_text("an operator", timeout=_SEEN_MS)
    status = customer.wait_for(paused=True)
    assert status.paused is not None
    assert status.paused.why == "an operator"
    house.resume(customer)


def test_an_event_shows_its_attempts_and_is_replayed(page: Page, house: House) -> None:
    """Why it failed, by which worker, what the endpoint said; then sent again, and delivered by that."""
    customer = house.customer()
    customer.respond(Response(status=410, body=b"we moved"))
    event_id = customer.publish()
    customer.wait_for(paused=True)
    open_subscriber(page, customer)
    page.get_by_role("button", name=event_id).click()
    attempts = page.locator(".subscribers-attempts li")
    expect(attempts).to_have_count(1)
    for words in ("410: the endpoint says that it is gone for good", "worker1@test", "we moved"):
        expect(attempts).to_contain_text(words)

    customer.respond(ACCEPTED)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Replay").click()
    expect(page.locator(".toast")).to_contain_text(
        f"Event {event_id} of {customer.name}: 200: the endpoint accepted it"
    )
    expect(page.locator(f'tr[data-event="{event_id}"]')).to_contain_text("delivered", timeout=_SEEN_MS)
    expect(attempts).to_have_count(2)
    # To send one event again is no order that the lane may go.
    expect(page.locator("#state")).to_have_text("paused")
    house.resume(customer)


def test_a_narrow_window_shows_each_row_as_a_card(page: Page, house: House) -> None:
    """A telephone's: each fact with the words of its column, none beyond a sideways scroll, still a table by role."""
    customer = house.customer()
    customer.respond(_UNAUTHORIZED)
    customer.publish_many(2)
    customer.wait_for(held=2)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/subscribers")
    response = row_of(page, customer.name).get_by_role("cell").last
    expect(response).to_contain_text("401", timeout=_SEEN_MS)
    assert label(response) == "Last result"
    assert width(response) >= 300
    assert page.evaluate(FITS)

    open_subscriber(page, customer)
    expect(page.locator("tr[data-event]")).to_have_count(2)
    expect(page.get_by_role("table").get_by_role("cell").first).to_be_visible()
    assert label(page.locator("tr[data-event] td").nth(2)) == "Recorded"
    assert page.evaluate(FITS)


def test_in_the_dark_the_buttons_can_be_read(page: Page, house: House) -> None:
    """WCAG 2.2 AA: a contrast of 4.5 to what is behind them."""
    customer = house.customer()
    customer.respond(FAILED, ACCEPTED)
    event_id = customer.publish()
    customer.wait_for(delivered=1)
    page.emulate_media(color_scheme="dark")
    open_subscriber(page, customer)
    page.get_by_role("button", name=event_id).click()
    expect(page.locator(".subscribers-attempts li")).to_have_count(2)
    expect(page.get_by_role("button", name="Replay")).to_be_visible()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    contrasts: dict[str, float] = page.evaluate(_CONTRASTS)
    assert {"Pause", "Send test", "Replay"} <= set(contrasts)
    assert {name: ratio for name, ratio in contrasts.items() if ratio < 4.5} == {}


def label(cell: Locator) -> str:
    """Return what stands before a cell in a narrow window."""
    return str(cell.evaluate("cell => getComputedStyle(cell, '::before').content")).strip('"')


def width(cell: Locator) -> float:
    """Return how many pixels wide a cell is."""
    box = cell.bounding_box()
    assert box
    return box["width"]


def test_a_test_says_what_came_back(page: Page, house: House) -> None:
    """In the words that a support person reads to the customer."""
    customer = house.customer()
    customer.respond(_UNAUTHORIZED)
    open_subscriber(page, customer)
    page.get_by_role("button", name="Send test").click()
    expect(page.locator(".toast")).to_contain_text("401: the endpoint wants a credential")
    [post] = customer.posts
    assert post.header("webhook-id").startswith("test-")


def test_many_subscribers_are_paged_and_found(page: Page, house: House) -> None:
    """The server pages and searches; trouble is on the first page whatever it is called."""
    customers = [house.customer() for _ in range(60)]
    troubled = customers[-1]
    troubled.respond(_MUCH_LATER)
    troubled.publish()
    troubled.wait_for(retrying=1)
    page.goto("/subscribers")
    expect(row_of(page, troubled.name)).to_contain_text("failing", timeout=_SEEN_MS)
    expect(page.locator("#subscribers-table tbody tr")).to_have_count(25)
    first = set(names(page))
    page.locator("#subscribers-table_next").click()
    expect(row_of(page, troubled.name)).to_have_count(0)
    assert not first & set(names(page))
    # A refresh stays on the page that one reads.
    stamp = page.locator("#live-status").inner_text()
    expect(page.locator("#live-status")).not_to_have_text(stamp, timeout=_SEEN_MS)
    expect(page.locator(".paginate_button.active, .paginate_button.current")).to_have_text("2")
    page.get_by_role("searchbox", name="Search subscribers").fill(troubled.name)
    expect(page.locator("#subscribers-table tbody tr")).to_have_count(1)
    expect(page.locator("#subscribers-table_info")).to_contain_text(re.compile(r"filtered from \d+ total"))


def test_what_strangers_write_is_shown_as_text(page: Page, house: House) -> None:
    """Names, responses and ids are other people's choice; none of them becomes a part of the page."""
    name = """<b>B&amp;'"?x=1#y<b>"""
    customer = house.customer()
    hostile = Customer(
        name, house.producer, house.receiver, house.broker, {"callback_url": house.receiver.url("/evil")}
    )
    house.receiver.respond("/evil", Response(status=410, body=b"<img src=x onerror=\"document.title='taken'\">"))
    event_id = hostile.publish(event_id="<i>id</i>")
    hostile.wait_for(paused=True)
    assert customer.status.paused is None
    page.goto("/subscribers")
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator("h1")).to_contain_text(name)
    page.get_by_role("button", name=event_id, exact=True).click()
    expect(page.locator(".subscribers-attempts")).to_contain_text("<img src=x onerror=")
    assert page.locator("#main-content img, #main-content b, #main-content i").count() == 0
    assert "taken" not in page.title()
    house.resume(hostile)
    hostile.leave()


def test_the_content_security_policy_stops_nothing_of_the_pages(page: Page, house: House) -> None:
    """Neither of ours nor of Flower's own: a browser reports each script, style or picture that it blocks."""
    customer = house.customer()
    customer.publish()
    customer.wait_for(delivered=1)
    blocked: list[str] = []
    page.on("console", lambda said: blocked.append(said.text) if "Content Security Policy" in said.text else None)
    for path in ("/workers", "/tasks", "/broker", "/subscribers"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    open_subscriber(page, customer)
    assert blocked == []


def test_another_site_cannot_frame_a_subscriber(page: Page, house: House) -> None:
    """A browser shows nothing of the page, so nobody can be led to press its buttons unseen."""
    customer = house.customer()
    open_subscriber(page, customer)
    framed = page.url
    page.route("http://elsewhere.example/", lambda route: route.fulfill(body=f"<iframe src='{framed}'></iframe>"))
    page.goto("http://elsewhere.example/")
    page.wait_for_load_state("load")
    frame = page.frames[1]
    assert frame.url.startswith("chrome-error:")
    assert frame.query_selector("[data-action]") is None
