"""The Subscribers page while Redis does not reply, on a server of its own: no other test has to live with that."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from lessonhook.producer import Subscription
from tests.support.people.producing import running_producer
from tests.support.processes.subscribers_page import WITH_PASSWORD, running_site, signed_in
from tests.support.servers.server import VALKEY, Server
from tests.support.shortened import short_settings


def test_an_outage_of_redis_is_shown_and_survived(browser: Browser, tmp_path: Path) -> None:
    """The page says that Redis does not reply, keeps what it shows, and goes on by itself."""
    with Server(VALKEY) as server:
        settings = short_settings(server.url)
        with running_producer(settings) as producer:
            producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example/hook"))
        with running_site(settings, tmp_path, WITH_PASSWORD) as site, signed_in(browser, site) as page:
            page.goto("/subscribers")
            shown = page.get_by_role("link", name="acme", exact=True)
            expect(shown).to_be_visible()
            server.stop()
            try:
                expect(page.locator("#live-status")).to_contain_text("Not connected", timeout=20_000)
                expect(shown).to_be_visible()
            finally:
                server.cont()
            expect(page.locator("#live-status")).to_contain_text("Updated", timeout=20_000)
