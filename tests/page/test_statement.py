"""The page gives a company the signed statement of a day or a month that it has chosen, in every mounting."""

from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape

import pytest

from lessonhook.ledger import new_signing_secret
from lessonhook.page import Viewer
from lessonhook.producer import Producer
from lessonhook.receiver import verify_statement
from tests.page.conftest import MOUNTINGS
from tests.page.visitor import Visitor
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored

Visit = Callable[..., Visitor]
SECRET = new_signing_secret()


@pytest.fixture
def signing(customer: Customer, producer: Producer) -> Customer:
    """Return the company with a signing secret that the tests know."""
    producer.subscriptions.change(customer.name, signing_secret=SECRET)
    return customer


def _links(visitor: Visitor, day: str) -> list[str]:
    page = visitor.get(f"?day={day}").text
    return [unescape(part.partition('"')[0]) for part in page.split('href="/webhook/')[1:] if part.startswith("statem")]


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("signing")
def test_a_day_and_a_month_are_downloaded_and_hold(visit: Visit, ada: Viewer, stored: Stored, mounting: str) -> None:
    """The links of the page lead to files that the receiver's library trusts."""
    event_id = stored.delivered()
    visitor, today = visit(ada, mounting), f"{datetime.now(UTC):%Y-%m-%d}"
    assert _links(visitor, today) == [f"statement?day={today}", f"statement?month={today[:7]}"]
    for link, name in zip(_links(visitor, today), (today, today[:7]), strict=True):
        response = visitor.get(link)
        assert response.status_code == 200
        assert response.mimetype == "application/json"
        assert response.headers["Content-Disposition"] == f'attachment; filename="statement-{name}.json"'
        assert verify_statement(response.get_data(), SECRET).is_of([event_id])


@pytest.mark.usefixtures("signing")
def test_a_viewer_gets_those_of_its_own_company(visit: Visit, other: Customer) -> None:
    """What may only be looked at may be downloaded, and nobody chooses the company by the address."""
    looking = visit(Viewer(subscriber="acme", name="eve", may_edit=False, may_see_bodies=False, language="en"))
    response = looking.get(f"statement?day=2026-03-01&subscriber={other.name}")
    assert verify_statement(response.get_data(), SECRET).subscriber == "acme"
    assert visit(None).get("statement?day=2026-03-01").status_code == 403


@pytest.mark.usefixtures("customer")
def test_without_a_signing_secret_there_is_none(visit: Visit, ada: Viewer) -> None:
    """No link, and no page at its address."""
    assert _links(visit(ada), "2026-03-01") == []
    assert visit(ada).get("statement?day=2026-03-01").status_code == 404


@pytest.mark.usefixtures("signing")
def test_one_that_would_take_long_is_left_to_the_operator(
    visit: Visit, ada: Viewer, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A web process makes none of a million completions."""
    monkeypatch.setattr("lessonhook.page.statement_file.MOST", 1)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    stored.delivered()
    assert visit(ada).get(f"statement?day={today}").status_code == 200
    stored.delivered()
    refused = visit(ada).get(f"statement?day={today}")
    assert refused.status_code == 403
    assert "Ask the administrator of your learning platform." in refused.text


@pytest.mark.parametrize(
    "query", ["", "?day=yesterday", "?month=2026-13", "?month=", "?day=0000-00-00", "?day=9999-12-31", "?month=9999-12"]
)
@pytest.mark.usefixtures("signing")
def test_what_is_no_day_and_no_month_is_not_there(visit: Visit, ada: Viewer, query: str) -> None:
    """In words, as every page that is not there."""
    response = visit(ada).get(f"statement{query}")
    assert response.status_code == 404
    assert "This is not here, or no longer." in response.text
