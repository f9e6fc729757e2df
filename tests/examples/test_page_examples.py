"""A company's administrator in a real browser, in each example: from a typo to the outage and back."""

import re
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from lessonhook.ledger import State
from lessonhook.producer.sample import sample_event
from tests.examples.conftest import Program
from tests.support.endpoints.exchange import ACCEPTED, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House
from tests.support.processes.browser import running_browser

_MILLISECONDS = PATIENCE_SECONDS * 1000
_GONE = Response(status=410)


@pytest.fixture
def browser_page() -> Iterator[Page]:
    """Yield a page of a real browser."""
    with running_browser() as browser:
        page = browser.new_page()
        page.set_default_timeout(_MILLISECONDS)
        yield page


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["-m", "flask", "--app", "examples/flask_page.py", "run", "--port"], id="flask"),
        pytest.param(["-m", "uvicorn", "--app-dir", "examples", "fastapi_page:app", "--port"], id="fastapi"),
        pytest.param(["examples/django_page.py", "runserver", "--noreload"], id="django"),
    ],
)
def test_an_administrator_sets_up_corrects_and_sends_again(
    program: Program, port: int, house: House, browser_page: Page, command: list[str]
) -> None:
    """Set up with a typo, corrected, delivered, refused and paused, tried, sent what waits, sent again."""
    site = program.serve(port, sys.executable, *command, str(port))
    page, receiver = browser_page, house.receiver
    path = f"/hook-{port}"
    receiver.respond(f"{path}-typo", Response(status=404))

    page.goto(site.url("/"))
    page.get_by_role("button").click()
    # The example before it may have left the company without a subscription.
    expect(page.get_by_text(re.compile("Not set up yet|Removed"))).to_be_visible()
    _save(page, receiver.url(f"{path}-typo"))
    expect(page.get_by_text("there is nothing at this address (404)").first).to_be_visible()
    page.get_by_role("link", name="Back to the overview").click()
    _save(page, receiver.url(path))
    expect(page.get_by_text("Accepted: your endpoint responded with 200.")).to_be_visible()

    house.producer.send_completion.delay(sample_event("acme", f"first-{port}"))
    receiver.wait_for(2, path, seconds=PATIENCE_SECONDS)
    _overview_says(page, "Working.")

    receiver.respond(path, _GONE)
    house.producer.send_completion.delay(sample_event("acme", f"second-{port}"))
    _overview_says(page, "Paused since")
    receiver.respond(path, ACCEPTED)
    page.get_by_role("button", name="Try it now").click()
    expect(page.get_by_text("Accepted: your endpoint responded with 200.")).to_be_visible()
    page.get_by_role("button", name="Send what waits").click()
    _overview_says(page, "Nothing waits.")
    found = house.ledger.events.get("acme", f"second-{port}")
    assert found is not None
    assert found.state is State.DELIVERED

    page.locator("tbody a").first.click()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Accepted: your endpoint responded with 200.")).to_be_visible()
    house.producer.subscriptions.delete("acme")


def _save(page: Page, url: str) -> None:
    page.get_by_label("Callback URL").fill(url)
    page.get_by_role("button", name="Save and try").click()


def _overview_says(page: Page, words: str) -> None:
    """Look at the overview until it says so; the script renews it only every ten seconds."""
    overview = page.url.partition("/webhook/")[0] + "/webhook/"
    expected = page.locator("#lh-state").get_by_text(words)
    for _ in range(100):
        page.goto(overview)
        if expected.count():
            return
        page.wait_for_timeout(200)
    expect(expected).to_be_visible()
