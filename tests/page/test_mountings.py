"""The page is the same in every mounting: in a framework's own frame, with its token, in its language."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

import flask
import pytest
from django.http import HttpResponseRedirect
from starlette.responses import RedirectResponse
from werkzeug.test import Client
from werkzeug.wrappers import Response

from lessonhook.desk import Desk
from lessonhook.ledger import State
from lessonhook.page import SettingsPage, Viewer
from lessonhook.page.wsgi import WsgiPage
from lessonhook.producer import Producer
from tests.page.conftest import KEY, MOUNTINGS
from tests.page.visitor import Visitor
from tests.support.endpoints import exchange
from tests.support.endpoints.exchange import ACCEPTED
from tests.support.lms.django_here import set_up_django
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.workers import Workers

Visit = Callable[..., Visitor]


@pytest.mark.parametrize("mounting", MOUNTINGS)
def test_the_overview_says_how_it_is_and_links_stay_under_the_mounting(
    mounting: str, visit: Visit, ada: Viewer, stored: Stored
) -> None:
    """Without a script: the sentence, the completions, the form, the style."""
    event_id = stored.delivered("17")
    visitor = visit(ada, mounting)
    shown = visitor.get()
    assert (shown.status_code, shown.mimetype) == (HTTPStatus.OK, "text/html")
    assert "Working." in shown.text
    assert "Nothing waits." in shown.text
    assert 'href="/webhook/event?id=' + event_id in shown.text
    assert visitor.get("static/page.css").mimetype == "text/css"
    assert "secret-of-acme" not in shown.text
    assert "Learner 1 (17)" in visitor.get("event", query_string={"id": event_id}).text


@pytest.mark.parametrize("mounting", MOUNTINGS)
def test_saving_tries_the_endpoint_and_says_what_came_back(
    mounting: str, visit: Visit, ada: Viewer, *, customer: Customer, worker_process: Workers, desk: Desk
) -> None:
    """A worker makes the POST; what is left empty stays; the audit names the viewer."""
    worker_process.start().wait_ready()
    url = desk.of("acme").subscription().callback_url
    saved = visit(ada, mounting).post("save", callback_url=url, max_in_flight="3")
    assert saved.status_code == HTTPStatus.SEE_OTHER
    result = visit(ada, mounting).client.get(saved.headers["Location"])
    assert "Saved." in result.text
    assert "Accepted: your endpoint responded with 200." in result.text
    [post] = customer.posts
    assert post.header("authorization") == "Token secret-of-acme"
    assert desk.of("acme").subscription().max_in_flight == 3
    assert desk.of("acme").audit()[0].by == "ada@acme.example"


@pytest.mark.parametrize("mounting", MOUNTINGS)
def test_nobody_sees_nothing(mounting: str, visit: Visit, customer: Customer) -> None:
    """Whom the LMS does not know gets a 403 for pages and acts."""
    visitor = visit(None, mounting)
    assert visitor.get().status_code == HTTPStatus.FORBIDDEN
    assert customer.name not in visitor.get().text
    assert visitor.post("try", {}).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("customer")
def test_an_lms_leads_to_its_login(mounting: str, visit: Visit, desk: Desk) -> None:
    """What its callable returns in place of a viewer is sent, to pages and acts; the style needs no login.

    Django refuses an act without its token before it asks who that is.
    """
    set_up_django()
    login = "/login?next=/webhook/"
    before = len(desk.of("acme").audit())
    led: dict[str, Callable[[], object]] = {
        "wsgi": lambda: Response(status=HTTPStatus.FOUND, headers={"Location": login}),
        "flask": lambda: flask.redirect(login),
        "django": lambda: HttpResponseRedirect(login),
        "asgi": lambda: RedirectResponse(login, HTTPStatus.FOUND),
    }
    visitor = visit(led[mounting](), mounting)
    acts = [] if mounting == "django" else [visitor.client.post("/webhook/secret")]
    for response in (visitor.get(), *acts):
        assert (response.status_code, response.headers["Location"]) == (HTTPStatus.FOUND, login)
        assert "acme" not in response.text
    assert visitor.get("static/page.css").status_code == HTTPStatus.OK
    assert len(desk.of("acme").audit()) == before


@pytest.mark.parametrize("mounting", MOUNTINGS)
@pytest.mark.usefixtures("customer")
def test_the_address_of_a_button_leads_to_the_overview(mounting: str, visit: Visit, ada: Viewer) -> None:
    """A person reloads there, or comes back from a login; nothing is done."""
    visitor = visit(ada, mounting)
    for path in ("save", "try", "send", "resume", "secret"):
        led = visitor.get(path)
        assert (led.status_code, led.headers["Location"]) == (HTTPStatus.SEE_OTHER, "/webhook/")


def test_django_frames_the_page_and_names_its_language(visit: Visit, ada: Viewer, customer: Customer) -> None:
    """The project's template is around it; without a language of the viewer, Django's current one is taken."""
    shown = visit(replace(ada, language=""), "django").get().text
    assert "<h2>The school</h2>" in shown
    assert f"<title>Reporting webhook</title>{customer.name}" not in shown
    assert 'name="csrfmiddlewaretoken"' in shown


@pytest.mark.usefixtures("customer")
def test_a_browser_s_language_is_taken_where_none_is_named(visit: Visit, ada: Viewer) -> None:
    """The first that there is; English if there is none."""
    visitor = visit(replace(ada, language=""))
    assert 'lang="de"' in visitor.get(headers={"Accept-Language": "tlh, de;q=0.8, fr"}).text
    assert 'lang="en"' in visitor.get(headers={"Accept-Language": "tlh"}).text
    assert 'dir="rtl"' in visit(replace(ada, language="ar-EG")).get().text


def test_a_company_without_a_subscription_sees_the_form(visit: Visit, ada: Viewer, desk: Desk) -> None:
    """The first save makes the subscription; a wrong URL is said beside its field, and nothing is stored."""
    visitor = visit(ada)
    assert "Not set up yet." in visitor.get().text
    wrong = visitor.post("save", callback_url="acme.example", max_in_flight="0")
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Enter a whole address that begins with https:// or http://." in wrong.text
    assert "Enter a whole number from 1 to 1000, or nothing." in wrong.text
    assert 'value="acme.example"' in wrong.text
    assert desk.subscribers() == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_private_address_has_a_sentence_of_its_own(language: str, visit: Visit, ada: Viewer, desk: Desk) -> None:
    """In the viewer's language, without the operator's setting; nothing is stored."""
    visitor = visit(replace(ada, language=language))
    refused = visitor.post("save", callback_url="http://10.0.0.1/hook")
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    words = {
        "en": "This address is not public, so nothing can be sent to it.",
        "de": "Diese Adresse ist nicht öffentlich, daher kann nichts an sie gesendet werden.",
    }
    assert words[language] in refused.text
    assert "LESSONHOOK" not in refused.text
    assert desk.subscribers() == []


def test_a_paused_company_corrects_and_sends_what_waits(
    visit: Visit, ada: Viewer, customer: Customer, stored: Stored, desk: Desk
) -> None:
    """The pause of used-up attempts is the company's to lift; that of an operator is not."""
    event_id = stored.pausing()
    visitor = visit(ada)
    assert "Paused since" in visitor.get().text
    assert "Send what waits" in visitor.get().text
    visitor.post("resume")
    assert customer.state(event_id) is State.QUEUED
    desk.of("acme").pause(by="operator@lms.example")
    shown = visitor.get().text
    assert "by the operator of your learning platform" in shown
    assert "Send what waits" not in shown
    visitor.post("resume")
    assert desk.of("acme").state().paused is not None


def test_a_page_that_insists_sends_nothing_before_an_accepted_try(
    ada: Viewer, customer: Customer, desk: Desk, *, worker_process: Workers, producer: Producer
) -> None:
    """A typo costs no completion an attempt; once a try is accepted, what came meanwhile follows."""
    worker_process.start().wait_ready()
    insisting = Visitor(Client(WsgiPage(SettingsPage(key=KEY, desk=desk, insist=True), lambda _: ada)), "/")
    url = desk.of("acme").subscription().callback_url
    customer.respond(exchange.Response(status=404))
    insisting.post("save", callback_url=url)
    assert "nothing is sent until a try is accepted" in insisting.get().text
    event_id = customer.publish()
    assert producer.ledger.lanes.status("acme").held == 1
    insisting.post("resume")
    assert customer.state(event_id) is State.HELD
    customer.respond(ACCEPTED)
    insisting.post("try")
    customer.wait_for(delivered=1)
    desk.of("acme").pause(by="operator@lms.example")
    insisting.post("save", callback_url=url)
    assert desk.of("acme").state().paused is not None


def test_completions_are_searched_filtered_and_paged(visit: Visit, ada: Viewer, stored: Stored) -> None:
    """By learner, by state, by day; a page has a link to the next."""
    events = [stored.delivered(str(number)) for number in range(30)]
    visitor = visit(ada)
    assert events[3] in visitor.get(query_string={"q": "3"}).text
    assert events[4] not in visitor.get(query_string={"q": "3"}).text
    first = visitor.get().text
    assert (events[-1] in first, events[0] in first) == (True, False)
    following = first.partition('href="/webhook/?after=')[2].partition('"')[0]
    assert events[0] in visitor.get(query_string=f"after={following}").text
    assert "Nothing was found." in visitor.get(query_string={"state": "refused"}).text
    assert "Nothing was found." in visitor.get(query_string={"day": "2020-01-01"}).text
    assert events[-1] in visitor.get(query_string={"day": "no day"}).text


def test_completions_of_the_past_are_marked(
    visit: Visit, ada: Viewer, customer: Customer, stored: Stored, desk: Desk
) -> None:
    """In the list, on their own page, and in how many of what waits they are; others are not marked."""
    live = stored.delivered("17")
    visitor = visit(ada)
    shown = visitor.get().text + visitor.get("event", query_string={"id": live}).text
    assert "from the past" not in shown
    past, _ = customer.backfill(2)
    desk.of("acme").backfill.stop(by="operator@lms.example")
    shown = visitor.get().text
    assert shown.count('<span class="lh-past">from the past</span>') == 2
    assert "Completions that wait: 2." in shown
    assert "Of these, from the past: 2." in shown
    assert "has stopped those from the past." in shown
    alone = visitor.get("event", query_string={"id": past}).text
    assert "from the past" in alone
    assert "webhook-backfill: true" in alone
    assert "nachträglich" in visit(replace(ada, language="de")).get().text


def test_names_are_only_for_those_who_may_see_them(visit: Visit, ada: Viewer, stored: Stored) -> None:
    """The id of the learner and the lesson remain; the payload and the command do not."""
    event_id = stored.delivered("17")
    blind = visit(replace(ada, may_see_bodies=False))
    for shown in (blind.get().text, blind.get("event", query_string={"id": event_id}).text):
        assert "Learner 1" not in shown
        assert "Fire Safety" not in shown
        assert "17" in shown
    seen = visit(ada).get("event", query_string={"id": event_id}).text
    assert "curl --globoff" in seen
    assert "secret-of-acme" not in seen


@pytest.mark.usefixtures("customer")
def test_a_new_secret_is_shown_once(visit: Visit, ada: Viewer) -> None:
    """In the response to the button, which is kept by no cache and stands in no URL."""
    shown = visit(ada).post("secret")
    assert "whsec_" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert "whsec_" not in visit(ada).get().text


def test_a_key_that_can_be_guessed_is_refused(desk: Desk) -> None:
    """A person who knows the key can press every button in another person's name."""
    with pytest.raises(ValueError, match="32 characters"):
        SettingsPage(key="secret", desk=desk)
    assert len(KEY) >= 32
