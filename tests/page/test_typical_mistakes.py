"""What a company's administrator typically mistypes or pastes, and what the page says then."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

import pytest

from lessonhook.desk import Desk
from lessonhook.page import Viewer
from tests.page.visitor import Visitor
from tests.support.endpoints.exchange import Response
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.workers import Workers

Visit = Callable[..., Visitor]
_URL = "https://acme.example/hook?sig=a%2fb"
_ODD = "The Authorization value was saved with “Authorization:” before it"


@pytest.mark.parametrize("pasted", [f"{_URL} ", f"  {_URL}", f"\t{_URL}\u00a0"])
def test_a_blank_around_a_pasted_url_is_left_out(pasted: str, visit: Visit, ada: Viewer, desk: Desk) -> None:
    """Nobody sees it, and no URL has one. Between its ends the URL is kept, byte for byte."""
    visit(ada).post("save", callback_url=pasted)
    assert desk.of("acme").subscription().callback_url == _URL


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("acme.example/hook", "Enter a whole address that begins with"),
        ("htp://acme.example/hook", "Enter a whole address that begins with"),
        ("https://ada:secret@acme.example/hook", "Enter the address without a name and a password."),
        ("https://acme.example/a b", "Look at this address again"),
        ("https://acme.example/hook#part", "Look at this address again"),
        ("https://acme.example:99999/hook", "Look at this address again"),
        ("HTTPS://", "Look at this address again"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(written: str, said: str, visit: Visit, ada: Viewer, desk: Desk) -> None:
    """Nobody is told to begin with https:// who did so."""
    shown = visit(ada).post("save", callback_url=written)
    assert shown.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in shown.text
    assert shown.text.count('id="lh-callback_url-problem"') == 1
    assert desk.subscribers() == []


def test_a_value_with_more_than_the_value_is_sent_as_written_and_named(
    visit: Visit, ada: Viewer, customer: Customer, *, worker_process: Workers, desk: Desk
) -> None:
    """It may be meant, so nothing is refused or cut off; who reads "401" reads what it may come from."""
    worker_process.start().wait_ready()
    customer.respond(Response(status=401))
    visitor = visit(ada)
    url = desk.of("acme").subscription().callback_url

    def result_of(value: str) -> str:
        saved = visitor.post("save", callback_url=url, authorization=value)
        shown = visitor.client.get(saved.headers["Location"]).text
        assert "Not accepted: your endpoint refused the Authorization value or the signature (401)." in shown
        return shown

    for odd in ("Authorization: Token abc", "authorization:abc", '"Token abc"', "Token abc "):
        assert _ODD in result_of(odd), odd
        assert customer.posts[-1].header("authorization").strip() == odd.strip()
    for plain in ("Token abc", "Basic YTpi", ""):
        assert _ODD not in result_of(plain), plain


def test_a_failed_try_leads_to_the_form_and_is_tried_again(
    visit: Visit, ada: Viewer, customer: Customer, *, worker_process: Workers, desk: Desk
) -> None:
    """The form is many screens below the overview, and who mended the endpoint has nothing to change in it."""
    worker_process.start().wait_ready()
    customer.respond(Response(status=404), Response(status=204))
    visitor = visit(ada)
    again = 'action="/webhook/try"'
    tried = visitor.post("save", callback_url=desk.of("acme").subscription().callback_url)
    failed = visitor.client.get(tried.headers["Location"]).text
    assert "there is nothing at this address (404)." in failed
    not_yet = "Tried, but not accepted yet: there is nothing at this address (404)."
    for shown in (failed, visitor.get().text, visitor.get("state").text):
        assert not_yet in shown
        assert "Set up." not in shown
    assert 'class="lh-status lh-is-failing"' in visitor.get("state").text
    assert '#lh-settings"' in failed
    assert again in failed
    accepted = visitor.client.get(visitor.post("try").headers["Location"]).text
    assert "Accepted: your endpoint responded with 204." in accepted
    assert '#lh-settings"' not in accepted
    assert again not in accepted
    assert not_yet not in visitor.get().text
    for_looking = Visitor(visit(replace(ada, may_edit=False)).client).client.get(tried.headers["Location"]).text
    assert "(404)" in for_looking
    assert '#lh-settings"' not in for_looking
    assert again not in for_looking


def test_what_was_never_accepted_is_not_shown_as_well(visit: Visit, ada: Viewer, stored: Stored) -> None:
    """A green "Set up." beside a try that failed would look like a success."""
    visitor = visit(ada)
    assert 'class="lh-status lh-is-new"' in visitor.get("state").text
    stored.delivered("17")
    assert 'class="lh-status lh-is-well"' in visitor.get("state").text


def test_a_link_leads_to_the_form(visit: Visit, ada: Viewer, stored: Stored) -> None:
    """On a phone it is many screens below the sentence that asks to correct it."""
    assert '#lh-settings"' not in visit(replace(ada, subscriber="new")).get().text
    stored.pausing()
    shown = visit(ada).get().text
    assert shown.index('#lh-settings"') < shown.index("lh-recent")


def test_the_audit_names_what_a_saved_form_changed(visit: Visit, ada: Viewer, desk: Desk) -> None:
    """The form has all of its fields each time, and somebody looks later for who turned one on."""
    visitor = visit(ada)
    visitor.post("save", callback_url=_URL, authorization="Token 1")
    visitor.post("save", callback_url=_URL, authorization="Token 1")
    assert desk.of("acme").audit()[0].detail == ""
    visitor.post("save", callback_url=_URL, authorization="Token 2", numeric_ids="1")
    assert desk.of("acme").audit()[0].detail == "authorization, numeric_ids"


def test_to_leave_the_value_is_offered_where_one_is_set(visit: Visit, ada: Viewer) -> None:
    """An empty form has nothing to keep."""
    words = "Leave this empty to keep what is set."
    assert words not in visit(ada).get().text
    visit(ada).post("save", callback_url=_URL, authorization="Token 1")
    assert words in visit(ada).get().text
