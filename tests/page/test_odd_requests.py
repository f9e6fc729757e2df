"""No request is an exception: odd hosts, origins, tongues, cookies, codes, dates and numbers have a response each."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client

from lessonhook.page import SettingsPage, Viewer
from lessonhook.page.linked import LinkedPage
from tests.page.conftest import MOUNTINGS
from tests.page.visitor import Visitor

Visit = Callable[..., Visitor]
#: What breaks parsers of addresses, numbers and dates, none of which the page may trust.
ODD = (
    "http://[",
    "http://[::1",
    "//[x]",
    "]",
    "http://a:b:c",
    "http://ex\u2100mple/",
    "#",
    "9" * 5_000,
    "-1",
    "1e400",
    "nan",
    "\u0662",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "0001-01",
    "9999-12",
    "%",
    "a" * 9_000,
    "-_-",
    "de-" * 900,
    "x-x-x-x_POSIX@calendar=1",
    "en_US_POSIX.UTF-8@x",
    "zz_ZZ",
)
_HEADERS = ("Origin", "Host", "Accept-Language", "Sec-Fetch-Site", "Cookie", "Authorization", "Content-Type")
_FIELDS = ("q", "state", "day", "month", "after", "id", "saved", "former", "limit", "since", "until")
_PATHS = ("", "event", "result", "statement", "state", "events", "save", "nothing")
_FORM = ("callback_url", "authorization", "max_in_flight", "max_per_second", "notice_addresses", "notice_language")


def _is_met(status: int) -> bool:
    return status < HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.SERVICE_UNAVAILABLE


@pytest.mark.usefixtures("customer")
def test_no_query_is_an_exception(visit: Visit, ada: Viewer) -> None:
    """Every field of every view, all at once and those that are parsed alone."""
    visitor = visit(ada)
    for odd in ODD:
        for path in _PATHS:
            shown = visitor.get(path, query_string=urlencode(dict.fromkeys(_FIELDS, odd)))
            assert _is_met(shown.status_code), (path, odd[:20])
        for path, field in (("", "day"), ("", "after"), ("statement", "month"), ("events", "limit"), ("", "q")):
            shown = visitor.get(path, query_string={field: odd})
            assert _is_met(shown.status_code), (path, field, odd[:20])


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("customer")
def test_no_header_is_an_exception(mounting: str, visit: Visit, ada: Viewer) -> None:
    """Of who looks, of who presses a button, and of a program that fetches."""
    visitor = visit(ada, mounting)
    hidden = visitor.hidden()
    for odd in ODD:
        written = odd.encode().decode("latin-1")
        for name in _HEADERS:
            if mounting == "django" and name == "Host":
                # Django refuses hosts by its own rule, before the page is asked.
                continue
            headers: dict[str, Any] = {name: written}
            shown = visitor.get("events" if name == "Authorization" else "", headers=headers)
            assert _is_met(shown.status_code), (name, odd[:20])
            pressed = visitor.client.post("/webhook/resume", data=hidden, headers=headers)
            assert _is_met(pressed.status_code), (name, odd[:20])


@pytest.mark.usefixtures("customer")
def test_no_form_is_an_exception(visit: Visit, ada: Viewer) -> None:
    """Each field of the form, and the token itself."""
    visitor = visit(ada)
    hidden = visitor.hidden()
    for odd in ODD:
        for field in (*_FORM, "lessonhook_token"):
            # An address that is none, so that nothing is tried, which takes a worker.
            fields = {**hidden, "callback_url": "x", field: odd}
            if not odd.startswith("http") or field != "callback_url":
                done = visitor.client.post("/webhook/save", data=fields)
                assert _is_met(done.status_code), (field, odd[:20])
        for act, field in (("send", "id"), ("secret", "former")):
            done = visitor.client.post(f"/webhook/{act}", data={**hidden, field: odd})
            assert _is_met(done.status_code), (act, field, odd[:20])


@pytest.mark.usefixtures("customer")
def test_no_code_or_cookie_of_a_link_is_an_exception(page: SettingsPage) -> None:
    """What somebody pastes where a link is asked for, and what a browser brings as its cookie."""
    client = Client(LinkedPage(page))
    for odd in (*ODD, "a.b", "..", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")):
        sent = client.post("/enter", data={"code": odd})
        assert _is_met(sent.status_code), odd[:20]
        for name in ("Origin", "Cookie", "Host", "Accept-Language"):
            written = odd.encode().decode("latin-1")
            written = f"__Host-lessonhook_page={written}" if name == "Cookie" else written
            sent = client.post("/enter", data={"code": odd}, headers={name: written})
            assert _is_met(sent.status_code), (name, odd[:20])
            assert _is_met(client.get("/", headers={name: written}).status_code), (name, odd[:20])
