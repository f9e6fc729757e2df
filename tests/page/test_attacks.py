"""What else an attacker or a proxy does: other hosts, prefixes, odd forms, header text, cookies of neighbours."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

import pytest
from werkzeug.test import Client

from lessonhook.desk import Desk
from lessonhook.page import SettingsPage, Viewer, translation
from lessonhook.page.linked import LinkedPage
from lessonhook.page.translation import translation_of
from tests.page.conftest import MOUNTINGS
from tests.page.visitor import Visitor
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored

Visit = Callable[..., Visitor]
_SPLIT = "x\r\nSet-Cookie: evil=1\r\n\r\n<script>"


def _unchanged(desk: Desk) -> tuple[str, int]:
    return desk.of("acme").subscription().model_dump_json(), len(desk.of("acme").audit())


def _addresses(html: str) -> Iterator[str]:
    for part in html.replace('action="', 'href="').replace('src="', 'href="').split('href="')[1:]:
        yield part.partition('"')[0]


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("customer")
def test_a_page_behind_a_prefix_stays_below_it(mounting: str, visit: Visit, ada: Viewer) -> None:
    """As a proxy or a server names it: every link, form and redirect."""
    visitor = visit(ada, mounting)
    shown = visitor.client.get("/webhook/", base_url="http://localhost/lms")
    addresses = list(_addresses(shown.text))
    assert len(addresses) > 3
    assert {address for address in addresses if not address.startswith("/lms/webhook/")} == set()
    led = visitor.client.get("/webhook/save", base_url="http://localhost/lms")
    assert led.headers["Location"] == "/lms/webhook/"


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("customer")
def test_a_proxy_that_hides_the_host_stops_no_button(mounting: str, visit: Visit, ada: Viewer) -> None:
    """A browser that says that the page itself sent the form is believed, whatever host the LMS sees."""
    visitor = visit(ada, mounting)
    own = {"Sec-Fetch-Site": "same-origin"}
    # Django compares the origin by a rule of its own, which its CSRF_TRUSTED_ORIGINS changes.
    own |= {} if mounting == "django" else {"Origin": "https://lms.example"}
    assert visitor.client.post("/webhook/secret", data=visitor.hidden(), headers=own).status_code == HTTPStatus.OK


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.parametrize("site", ["cross-site", "same-site", "unheard-of"])
@pytest.mark.usefixtures("customer")
def test_a_neighbour_is_another_site(mounting: str, site: str, visit: Visit, ada: Viewer, desk: Desk) -> None:
    """Another host of the LMS's domain may be anybody's, though its origin looks right."""
    visitor = visit(ada, mounting)
    before = _unchanged(desk)
    headers = {"Sec-Fetch-Site": site, "Origin": "http://localhost"}
    refused = visitor.client.post("/webhook/secret", data=visitor.hidden(), headers=headers)
    assert refused.status_code == HTTPStatus.CONFLICT
    assert _unchanged(desk) == before


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("customer")
def test_no_text_of_a_request_becomes_a_header(mounting: str, visit: Visit, ada: Viewer) -> None:
    """Neither of the query nor of the form: a line end in it is not one in the response."""
    visitor = visit(ada, mounting)
    names = ("q", "state", "day", "month", "after", "id", "saved", "former")
    for path in ("", "event", "result", "statement", "state", "save"):
        shown = visitor.get(path, query_string=urlencode(dict.fromkeys(names, _SPLIT)))
        assert "evil" not in str(shown.headers), path
        assert shown.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, path
    for act in ("save", "send", "resume", "secret"):
        fields = dict.fromkeys((*names, "callback_url", "authorization", "max_in_flight"), _SPLIT)
        done = visitor.client.post(f"/webhook/{act}", data={**visitor.hidden(), **fields})
        assert "evil" not in str(done.headers), act
        assert done.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, act


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("customer")
def test_a_form_of_very_many_fields_does_nothing(mounting: str, visit: Visit, ada: Viewer, desk: Desk) -> None:
    """And is no error 500."""
    visitor = visit(ada, mounting)
    before = _unchanged(desk)
    hidden = visitor.hidden()
    many = urlencode({**{f"x{number}": "" for number in range(2_000)}, **hidden})
    refused = visitor.client.post("/webhook/save", data=many, content_type="application/x-www-form-urlencoded")
    assert HTTPStatus.BAD_REQUEST <= refused.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    assert _unchanged(desk) == before


@pytest.mark.parametrize("mounting", MOUNTINGS)
def test_an_event_of_another_company_among_ones_own_sends_nothing(
    mounting: str, visit: Visit, ada: Viewer, *, other: Customer, stored: Stored, desk: Desk
) -> None:
    """Nor does the cursor of another company's list show anything of it."""
    own = stored.delivered("17")
    theirs = [other.publish("their-learner") for _ in range(30)]
    visitor = visit(ada, mounting)
    before = _unchanged(desk)
    assert visitor.post("send", id=[own, theirs[0]]).status_code == HTTPStatus.NOT_FOUND
    assert _unchanged(desk) == before
    cursor = desk.of("other").event_page(limit=2).next
    shown = visitor.get(query_string={"after": cursor})
    assert shown.status_code in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}
    assert "their-learner" not in shown.text
    assert not any(event_id in shown.text for event_id in theirs)


def test_the_languages_of_strangers_are_not_kept() -> None:
    """A header is anybody's text: its tags take no more memory than a hundred of them."""
    for number in range(5_000):
        assert translation_of(f"de-x-{number}").code.startswith("de")
    assert translation._read.cache_info().currsize <= 200


@pytest.mark.usefixtures("customer")
def test_a_link_leads_to_this_host(page: SettingsPage) -> None:
    """Two slashes in the address are no name of another host."""
    code = urlsplit(page.link("acme")).fragment
    there = {"PATH_INFO": "//enter"}
    sent = Client(LinkedPage(page)).post("/", data={"code": code}, environ_overrides=there)
    assert (sent.status_code, sent.headers["Location"]) == (HTTPStatus.SEE_OTHER, "/")


@pytest.mark.usefixtures("customer", "other")
def test_a_neighbour_s_cookie_brings_nobody_in(page: SettingsPage) -> None:
    """A browser takes the cookie's name from this host alone; a later link replaces who came by the one before."""
    client = Client(LinkedPage(page))

    def enter(subscriber: str) -> str:
        code = urlsplit(page.link(subscriber)).fragment
        sent = client.post("/enter", base_url="https://localhost", data={"code": code})
        return sent.headers["Set-Cookie"]

    cookie = enter("other")
    assert cookie.startswith("__Host-lessonhook_page=")
    assert "Domain" not in cookie
    before = client.get("/", base_url="https://localhost").text
    enter("acme")
    after = client.get("/", base_url="https://localhost").text
    assert "/other<" in before
    assert "/acme<" in after
    stranger = Client(LinkedPage(page))
    stranger.set_cookie("lessonhook_page", cookie.partition("=")[2].partition(";")[0])
    assert stranger.get("/", base_url="https://localhost").status_code == HTTPStatus.FORBIDDEN


@pytest.mark.usefixtures("customer")
def test_a_link_s_holder_is_of_its_company_whatever_is_asked(page: SettingsPage, ada: Viewer, desk: Desk) -> None:
    """The signed viewer decides, not a parameter, and a form token of another viewer presses no button."""
    client = Client(LinkedPage(page))
    code = urlsplit(page.link("acme", may_edit=True, name="support")).fragment
    client.post("/enter", base_url="https://localhost", data={"code": code})
    before = _unchanged(desk)
    for viewer in (ada, replace(ada, subscriber="other", name="support")):
        token = page._tokens.make(viewer)
        forged = client.post("/secret", base_url="https://localhost", data={"lessonhook_token": token})
        assert forged.status_code == HTTPStatus.CONFLICT
    assert _unchanged(desk) == before
