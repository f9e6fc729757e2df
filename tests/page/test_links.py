"""A link for elsewhere: it opens the page once, and what has no valid link is told so and led to the LMS."""

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.desk import Desk
from lessonhook.page import SettingsPage
from lessonhook.page.link_tokens import LinkTokens
from lessonhook.page.linked import LinkedPage
from lessonhook.page.viewer import Viewer
from lessonhook.producer import Producer
from tests.page.conftest import KEY
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.stored_events import Stored

_ORIGIN = "http://localhost"
Enter = Callable[..., tuple[Client, HTTPStatus]]


def _code(link: str) -> str:
    return urlsplit(link).fragment


@pytest.fixture
def enter(page: SettingsPage) -> Enter:
    """Return what opens a link in a new browser, as its button does, and returns the browser and the status."""

    def press(code: str, **headers: str) -> tuple[Client, HTTPStatus]:
        client = Client(LinkedPage(page))
        sent = client.post("/enter", base_url=_ORIGIN, data={"code": code}, headers={"Origin": _ORIGIN, **headers})
        return client, HTTPStatus(sent.status_code)

    return press


@pytest.mark.usefixtures("customer")
def test_a_link_opens_the_page_and_no_more(page: SettingsPage, stored: Stored, enter: Enter) -> None:
    """Its holder looks and does not change; the subscriber is the link's."""
    stored.delivered("17")
    client, status = enter(_code(page.link("acme")))
    assert status == HTTPStatus.SEE_OTHER
    shown = client.get("/", base_url="https://localhost")
    assert "You may look here" in shown.text
    assert client.post("/secret", base_url="https://localhost").status_code == HTTPStatus.FORBIDDEN


@pytest.mark.usefixtures("customer")
def test_who_may_edit_by_a_link_acts_in_its_name(page: SettingsPage, enter: Enter, desk: Desk) -> None:
    """The audit has the name that the link was made with."""
    client, _ = enter(page.link("acme", may_edit=True, name="support: grace"))
    shown = client.get("/", base_url="https://localhost").text
    token = shown.partition('name="lessonhook_token" value="')[2].partition('"')[0]
    made = client.post("/secret", base_url="https://localhost", data={"lessonhook_token": token})
    assert made.status_code == HTTPStatus.OK
    assert desk.of("acme").audit()[0].by == "support: grace"


@pytest.mark.usefixtures("customer")
def test_a_link_is_used_once(page: SettingsPage, enter: Enter) -> None:
    """Looking at it uses nothing up; the second who presses the button is told."""
    code = _code(page.link("acme"))
    assert Client(LinkedPage(page)).get("/enter").status_code == HTTPStatus.OK
    assert enter(code)[1] == HTTPStatus.SEE_OTHER
    assert enter(code)[1] == HTTPStatus.FORBIDDEN


@pytest.mark.usefixtures("customer")
def test_a_link_ends(page: SettingsPage, enter: Enter) -> None:
    """By its own time, and in Redis, where it is gone."""
    code = _code(page.link("acme", for_seconds=1))
    wait_until(lambda: page.links.read(code) is None, PATIENCE_SECONDS, "the link ends")
    assert enter(code)[1] == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("code", ["", "x", "a.b.c"])
def test_what_is_no_link_opens_nothing(enter: Enter, code: str) -> None:
    """A word, nothing, and what only looks like a token."""
    assert enter(code)[1] == HTTPStatus.FORBIDDEN


@pytest.mark.usefixtures("customer")
def test_a_link_of_another_key_or_of_the_cookie_opens_nothing(page: SettingsPage, enter: Enter) -> None:
    """A cookie is no link, and the key decides."""
    viewer, link_id = page.links.read(_code(page.link("acme", may_edit=True))) or (None, "")
    assert viewer is not None
    other, _ = LinkTokens("another key that is 32 long, too").make(viewer, for_seconds=60)
    assert enter(other)[1] == HTTPStatus.FORBIDDEN
    assert enter(page.links.cookie(viewer, link_id, for_seconds=60))[1] == HTTPStatus.FORBIDDEN
    assert asdict(viewer)["subscriber"] == "acme"


def test_a_link_of_a_newer_release_is_read_after_a_step_back() -> None:
    """It may have facts of a viewer that this release does not know; they are left out."""
    newer = {"subscriber": "acme", "name": "ada", "may_edit": True, "may_dance": True}
    serializer = LinkTokens(KEY)._links
    viewer, _ = LinkTokens(KEY).read(serializer.dumps(["17", 9_999_999_999, newer])) or (None, "")
    assert viewer == Viewer(subscriber="acme", name="ada", may_edit=True)


@pytest.mark.usefixtures("customer")
@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_brings_nobody_in(page: SettingsPage, enter: Enter, header: dict[str, str]) -> None:
    """Else it could make a person save their credentials as somebody else's."""
    code = _code(page.link("acme"))
    assert enter(code, **header)[1] == HTTPStatus.FORBIDDEN
    assert enter(code)[1] == HTTPStatus.SEE_OTHER


@pytest.mark.usefixtures("customer")
def test_the_cookie_is_for_the_page_alone(page: SettingsPage) -> None:
    """No script reads it, no plain connection and no other site sends it, and it ends."""
    client = Client(LinkedPage(page))
    sent = client.post("/enter", data={"code": _code(page.link("acme"))})
    cookie = sent.headers["Set-Cookie"]
    for part in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=3600"):
        assert part in cookie
    assert sent.headers["Location"] == "/"
    assert sent.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("customer")
def test_a_session_ends(page: SettingsPage) -> None:
    """Then the page says so."""
    client = Client(LinkedPage(page, session_seconds=1))
    client.post("/enter", data={"code": _code(page.link("acme"))})
    wait_until(
        lambda: "This link has ended" in client.get("/", base_url="https://localhost").text, PATIENCE_SECONDS, "the end"
    )


def test_who_has_no_link_is_led_to_the_lms(settings: Settings) -> None:
    """In the browser's language; the address is a setting."""
    changed = settings.model_copy(update={"page_home_url": "https://lms.example/webhook"})
    with Desk(Producer(changed)) as desk:
        client = Client(LinkedPage(SettingsPage(key=KEY, desk=desk)))
        refused = client.get("/", headers={"Accept-Language": "de"})
    assert refused.status_code == HTTPStatus.FORBIDDEN
    assert "Dieser Link ist abgelaufen" in refused.text
    assert 'href="https://lms.example/webhook"' in refused.text
    assert "frame-ancestors 'none'" in refused.headers["Content-Security-Policy"]


def test_redis_away_is_said_and_uses_no_link(settings: Settings, page: SettingsPage) -> None:
    """The same link works afterwards."""
    code = _code(page.link("acme"))
    away = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    with Desk(Producer(away)) as desk:
        client = Client(LinkedPage(SettingsPage(key=KEY, desk=desk)))
        assert client.post("/enter", data={"code": code}).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert Client(LinkedPage(page)).post("/enter", data={"code": code}).status_code == HTTPStatus.SEE_OTHER


@pytest.mark.parametrize("seconds", [0, 604_801])
def test_a_link_is_not_for_ever(page: SettingsPage, seconds: int) -> None:
    """A week at most."""
    with pytest.raises(ValueError, match="604800"):
        page.link("acme", for_seconds=seconds)


def test_a_customer_without_a_subscription_has_no_event_of_others(page: SettingsPage, enter: Enter) -> None:
    """The page says that it is not set up."""
    client, _ = enter(_code(page.link("nobody-yet", may_edit=True)))
    assert "Not set up yet." in client.get("/", base_url="https://localhost").text
