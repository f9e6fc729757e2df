"""A running system whose Flower has the Subscribers page, and a browser that is signed in to it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.people.house import House, open_house
from tests.support.processes.browser import running_browser
from tests.support.processes.subscribers_page import WITH_PASSWORD, Site, running_site, signed_in
from tests.support.servers.server import VALKEY


@pytest.fixture(scope="session")
def shown_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Yield a system that the tests here share, each with customers of its own.

    On one kind of server: what differs between the kinds lies below the ledger, and is tested there.
    """
    with open_house(VALKEY, tmp_path_factory.mktemp("shown")) as house:
        yield house


@pytest.fixture
def house(shown_house: House) -> Iterator[House]:
    """Yield that system with its worker running, and part with the test's customers."""
    assert shown_house.worker.running
    yield shown_house
    shown_house.part_with_customers()


@pytest.fixture(scope="session")
def site(shown_house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a Flower that asks for a password, so that its page has buttons."""
    with running_site(shown_house.settings, tmp_path_factory.mktemp("site"), WITH_PASSWORD) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a real browser without a window."""
    with running_browser() as launched:
        yield launched


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """Yield a tab that is signed in; a test fails if a script of the page does."""
    with signed_in(browser, site) as tab:
        yield tab
