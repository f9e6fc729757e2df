"""Who may see the Subscribers page and press its buttons: as Flower's own pages have it, and a little stricter."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from lessonhook.config import Settings
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House
from tests.support.processes.subscribers_page import PASSWORD, USER, WITH_PASSWORD, Site, running_site

_SEEN = ("/subscribers", "/subscribers/data", "/subscriber?name={}", "/subscriber/data?name={}")
_ACTIONS = ("resume", "pause", "replay", "send-test")


@pytest.fixture
def customer(house: House) -> Customer:
    """Return a customer with credentials and a key in its URL, and one event."""
    customer = house.customer(authorization="Token marked-token")
    customer.subscribe(
        authorization="Token marked-token", callback_url=house.receiver.url(f"/{customer.name}?key=marked-key")
    )
    customer.publish(event_id=f"event-of-{customer.name}")
    customer.wait_for(delivered=1)
    return customer


def open_page(session: requests.Session, site: Site, customer: Customer) -> str:
    """Open a subscriber's page, by which the browser gets its token; return that."""
    response = session.get(f"{site.url}/subscriber", params={"name": customer.name}, timeout=PATIENCE_SECONDS)
    assert response.status_code == 200
    return session.cookies["_xsrf"]


def press(
    session: requests.Session, site: Site, customer: Customer, action: str = "pause", **headers: str
) -> requests.Response:
    """Press a button."""
    return session.post(
        f"{site.url}/subscriber/{action}",
        data={"name": customer.name, "event_id": f"event-of-{customer.name}"},
        headers=headers,
        timeout=PATIENCE_SECONDS,
    )


def resume_selected(session: requests.Session, site: Site, *names: str, **headers: str) -> requests.Response:
    """Press the button that resumes the selected subscribers."""
    return session.post(
        f"{site.url}/subscribers/resume",
        data=[("name", name) for name in names],
        headers=headers,
        timeout=PATIENCE_SECONDS,
    )


def test_without_the_password_nothing_is_seen(site: Site, customer: Customer) -> None:
    """Not the pages, not the figures, not the attempts, and no button works."""
    with site.session(password=False) as stranger:
        for path in (*_SEEN, "/subscriber/attempts?name={}&event_id=x"):
            assert stranger.get(site.url + path.format(customer.name), timeout=PATIENCE_SECONDS).status_code == 401
        for action in _ACTIONS:
            assert press(stranger, site, customer, action).status_code in {401, 403}
        assert resume_selected(stranger, site, customer.name).status_code in {401, 403}
        assert (
            stranger.get(f"{site.url}/subscribers/found?sought={customer.name}", timeout=PATIENCE_SECONDS).status_code
            == 401
        )
    assert customer.status.paused is None


def test_a_button_needs_the_token_of_the_page(site: Site, customer: Customer, house: House) -> None:
    """Another site can't press it, though the browser would send the password along."""
    with site.session() as session:
        token = open_page(session, site, customer)
        assert press(session, site, customer).status_code == 403
        assert press(session, site, customer, **{"X-XSRFToken": "made-up"}).status_code == 403
        foreign = {"X-XSRFToken": token, "Origin": "https://elsewhere.example"}
        assert press(session, site, customer, **foreign).status_code == 403
        crossing = {"X-XSRFToken": token, "Sec-Fetch-Site": "cross-site"}
        assert press(session, site, customer, **crossing).status_code == 403
        assert customer.status.paused is None
        pressed = press(session, site, customer, **{"X-XSRFToken": token})
        assert (pressed.status_code, pressed.json()["well"]) == (200, True)
    assert customer.status.paused is not None
    house.resume(customer)


@pytest.fixture(params=[(), (WITH_PASSWORD, "--read_only=true")], ids=["no password", "read only"])
def closed_site(request: pytest.FixtureRequest, house: House, tmp_path: Path) -> Iterator[Site]:
    """Yield a Flower in which nothing may be done: one that knows nobody, and one that is set so."""
    with running_site(house.settings, tmp_path, *request.param) as running:
        yield running


def test_where_nobody_is_known_nothing_can_be_done(closed_site: Site, customer: Customer) -> None:
    """The page has no buttons, and the server refuses them."""
    with closed_site.session() as session:
        shown = session.get(
            f"{closed_site.url}/subscriber", params={"name": customer.name}, timeout=PATIENCE_SECONDS
        ).text
        assert "data-action" not in shown
        assert "Read only" in shown
        token = open_page(session, closed_site, customer)
        for action in _ACTIONS:
            assert press(session, closed_site, customer, action, **{"X-XSRFToken": token}).status_code == 403
        assert resume_selected(session, closed_site, customer.name, **{"X-XSRFToken": token}).status_code == 403
    assert customer.status.paused is None
    assert len(customer.posts) == 1


def test_under_a_prefix_everything_is_found(house: House, customer: Customer, tmp_path: Path) -> None:
    """Behind a proxy that serves Flower under a path, the links, figures and buttons lead there too."""
    with (
        running_site(house.settings, tmp_path, WITH_PASSWORD, "--url_prefix=flower", prefix="/flower") as site,
        site.session() as session,
    ):
        shown = session.get(f"{site.url}/subscribers", timeout=PATIENCE_SECONDS).text
        for link in ("/flower/subscribers/data", "/flower/subscriber", "/flower/subscribers/static/subscribers.js"):
            assert f'"{link}"' in shown
            assert session.get(
                f"{site.url}{link.removeprefix('/flower')}?name={customer.name}", timeout=PATIENCE_SECONDS
            ).ok
        token = open_page(session, site, customer)
        assert press(session, site, customer, "send-test", **{"X-XSRFToken": token}).json()["well"]


def test_no_secret_and_nothing_of_a_learner_is_shown(site: Site, customer: Customer) -> None:
    """In no page, figure, event or attempt."""
    with site.session() as session:
        paths = (*_SEEN, f"/subscriber/attempts?name={{}}&event_id=event-of-{customer.name}")
        for path in paths:
            shown = session.get(site.url + path.format(customer.name), timeout=PATIENCE_SECONDS).text
            for mark in ("marked-token", "marked-key", "@example.com", "Learner 1"):
                assert mark not in shown


def test_a_selection_is_resumed_as_far_as_it_is_there(site: Site, customer: Customer, house: House) -> None:
    """Who is gone meanwhile is named, and keeps nobody else from being resumed; the token is needed here too."""
    customer.wait_until_quiet()
    with site.session() as session:
        token = open_page(session, site, customer)
        assert press(session, site, customer, "pause", **{"X-XSRFToken": token}).json()["well"]
        assert resume_selected(session, site, customer.name).status_code == 403
        assert customer.status.paused is not None
        resumed = resume_selected(session, site, "gone-meanwhile", customer.name, **{"X-XSRFToken": token}).json()
    assert resumed == {
        "well": False,
        "words": "Resumed 1 of 2 subscribers. Not there any more: gone-meanwhile.",
    }
    assert customer.status.paused is None
    assert [(entry.act, entry.by) for entry in house.ledger.audit.of(customer.name, at_most=1)] == [("resume", USER)]


@pytest.mark.parametrize("wrong", ["state=nonsense", "after=nonsense"])
def test_a_wrong_choice_of_events_is_refused(site: Site, customer: Customer, wrong: str) -> None:
    """400, and no traceback."""
    with site.session() as session:
        response = session.get(f"{site.url}/subscriber/data?name={customer.name}&{wrong}", timeout=PATIENCE_SECONDS)
    assert response.status_code == 400


@pytest.mark.parametrize("path", ["/subscriber?name=nobody", "/subscriber/data?name=nobody", "/subscribers/static/x"])
def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    """404, as everywhere in Flower."""
    with site.session() as session:
        assert session.get(site.url + path, timeout=PATIENCE_SECONDS).status_code == 404


def test_a_name_is_needed(site: Site) -> None:
    """400, and no traceback."""
    with site.session() as session:
        assert session.get(f"{site.url}/subscriber", timeout=PATIENCE_SECONDS).status_code == 400


def test_who_pressed_a_button_is_written_down(site: Site, customer: Customer, house: House) -> None:
    """In Flower's log, the audit and the event's log of attempts: by the name that came with the password."""
    with site.session() as session:
        token = open_page(session, site, customer)
        for action in ("pause", "resume", "replay"):
            assert press(session, site, customer, action, **{"X-XSRFToken": token}).json()["well"]
        attempts = session.get(
            f"{site.url}/subscriber/attempts",
            params={"name": customer.name, "event_id": f"event-of-{customer.name}"},
            timeout=PATIENCE_SECONDS,
        ).json()["attempts"]
    assert attempts[-1]["worker"] == f"replay by {USER}"
    acts = [(entry.act, entry.by) for entry in house.ledger.audit.of(customer.name, at_most=3)]
    assert acts == [("replay", USER), ("resume", USER), ("pause", USER)]
    assert f"replay of {customer.name} by {USER}: 200: the endpoint accepted it" in site.process.logs()


_EVERYWHERE = ("/subscribers", "/subscribers/static/common.js", "/tasks", "/workers", "/healthcheck", "/no-such-page")


@pytest.mark.parametrize("path", _EVERYWHERE)
def test_no_other_site_can_frame_a_page(site: Site, path: str) -> None:
    """Ours and Flower's own, errors and files too. On ours no script runs but the files of this host."""
    for password in (True, False):
        with site.session(password=password) as session:
            headers = session.get(site.url + path, timeout=PATIENCE_SECONDS).headers
        policy = headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'self'", "frame-ancestors 'none'", "object-src 'none'"} <= set(policy)
        assert any(rule.startswith("script-src") for rule in policy) is (path != "/subscribers")
        assert (headers["X-Frame-Options"], headers["Referrer-Policy"]) == ("DENY", "same-origin")


@pytest.mark.parametrize("path", ["/subscribers/data", "/api/tasks", "/metrics", "/subscribers/static/common.js"])
def test_an_open_flower_serves_no_foreign_name(house: House, tmp_path: Path, path: str) -> None:
    """A page on the web could point a name of its own at 127.0.0.1, and read everything that Flower sends."""
    with (
        running_site(house.settings, tmp_path, "--allowed-hosts=flower.example") as open_site,
        open_site.session(password=False) as session,
    ):
        port = open_site.url.rpartition(":")[2]

        def status(host: str) -> int:
            return session.get(open_site.url + path, headers={"Host": host}, timeout=PATIENCE_SECONDS).status_code

        for foreign in (
            *(f"evil.example:{port}", "evil.example", "evil.example.", "flower.example.evil.example"),
            *("127.0.0.1.evil.example", "localhost.evil.example", "localhost..", "evil.localhost"),
        ):
            assert status(foreign) == 421, foreign
        for own in (
            *(f"127.0.0.1:{port}", f"localhost:{port}", "LOCALHOST", "localhost.", f"Localhost.:{port}"),
            *(f"[::1]:{port}", "[::1]", "flower.example", f"FLOWER.example.:{port}", "flower.example:443"),
        ):
            assert status(own) != 421, own


def test_behind_a_password_every_name_is_served(site: Site) -> None:
    """A rebound name gets no password from the browser."""
    with site.session() as session:
        shown = session.get(
            f"{site.url}/subscribers/data", headers={"Host": "flower.example"}, timeout=PATIENCE_SECONDS
        )
    assert shown.status_code == 200


def test_flower_revokes_no_event(site: Site) -> None:
    """Workers take revoked messages too: its button says so, and what there is instead."""
    with site.session() as session:
        response = session.post(f"{site.url}/api/task/revoke/some-event", timeout=PATIENCE_SECONDS)
    assert response.status_code == 409
    assert "pause" in response.text


def refusal(settings: Settings, directory: Path, *options: str) -> str:
    """Start Flower with what it must refuse; return what it wrote."""
    with pytest.raises(AssertionError) as refused, running_site(settings, directory, *options):
        pass
    return str(refused.value)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (f"--basicauth={USER}:{PASSWORD}", "--basicauth: Flower has no such option"),
        (f"--basic-auth={USER}:{PASSWORD}", "--basic-auth: everybody on this machine can read an argument"),
        (f"--basic_auth={USER}:{PASSWORD}", "--basic-auth-file=FILE"),
        ("--basic-auth-file=/nowhere/users", "--basic-auth-file: can't read the file"),
        (f"{USER}:{PASSWORD}", "write options as --name=value"),
        ("--port", "Option '--port' requires an argument."),
        ("--port=many", "Invalid value for '--port'"),
    ],
)
def test_an_option_that_flower_does_not_know_is_refused(house: House, tmp_path: Path, option: str, said: str) -> None:
    """A slip in --basic-auth must not start a Flower that asks nobody for a password; no value is quoted."""
    text = refusal(house.settings, tmp_path, option)
    assert said in text
    assert PASSWORD not in text
    assert "Traceback" not in text


def test_a_port_that_is_taken_is_reported_in_one_line(house: House, tmp_path: Path, site: Site) -> None:
    """With the way out."""
    text = refusal(house.settings, tmp_path, f"--port={site.url.rpartition(':')[2]}")
    assert "can't listen at 127.0.0.1:" in text
    assert "choose another --port" in text
    assert "Traceback" not in text


def test_the_wrong_setting_is_named_when_flower_is_started(house: House, tmp_path: Path) -> None:
    """In one line, and no traceback."""
    text = refusal(house.settings.model_copy(update={"redis_url": "nonsense://"}), tmp_path)
    assert "LESSONHOOK_REDIS_URL" in text
    assert "Traceback" not in text
