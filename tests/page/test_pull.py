"""A company fetches its completions from the page's application, in each mounting, by its own token and no other."""

import importlib.util
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from lessonhook.desk import Condition, Desk, NothingIsPosted
from lessonhook.ledger import State, new_signing_secret
from lessonhook.ledger.subscriptions import new_pull_token, signature
from lessonhook.page import SettingsPage, Viewer
from lessonhook.page.wsgi import WsgiPage
from lessonhook.producer import InvalidSubscription, Producer
from tests.page.conftest import MOUNTINGS
from tests.page.visitor import Visitor
from tests.support.lms.completions import completion
from tests.support.people.canary import CANARY, raw_in
from tests.support.rooms import ROOT

Visit = Callable[..., Visitor]


def get(visitor: Visitor, token: str | None, **query: Any) -> TestResponse:
    """Fetch once."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return visitor.get("events", query_string=query, headers=headers)


@pytest.fixture
def secret(desk: Desk) -> str:
    """Save a subscription that pulls, without a callback URL, and return its signing secret."""
    secret = new_signing_secret()
    desk.of("acme").save(pull=True, signing_secret=secret, by="ada")
    return secret


@pytest.fixture
def publish(producer: Producer) -> Callable[..., str]:
    """Return what publishes a completion of a subscriber and names its event."""

    def publish_one(learner: str, subscriber: str = "acme") -> str:
        return producer.send_completion.delay(completion(int(learner), subscriber)).id

    return publish_one


@pytest.mark.usefixtures("secret")
def test_the_past_comes_last_and_is_marked(
    visit: Visit, producer: Producer, publish: Callable[..., str], desk: Desk
) -> None:
    """As the header of a POST marks it."""
    producer.send_completion.backfill([completion(17)])
    live = publish("18")
    events = json.loads(get(visit(None), desk.of("acme").pull_token.renew(by="ada")).text)["events"]
    assert [event["webhook-id"] == live for event in events] == [True, False]
    assert [event.get("webhook-backfill") for event in events] == [None, "true"]


@pytest.mark.parametrize("mounting", MOUNTINGS)
def test_the_same_bytes_and_signature_without_a_login(
    mounting: str, visit: Visit, secret: str, publish: Callable[..., str], desk: Desk
) -> None:
    """The LMS knows nobody (`who` is None); the token is enough. The next call acknowledges."""
    event_id = publish("17")
    token = desk.of("acme").pull_token.renew(by="ada")
    visitor = visit(None, mounting)
    response = get(visitor, token)
    assert (response.status_code, response.mimetype) == (HTTPStatus.OK, "application/json")
    assert response.headers["Cache-Control"] == "no-store"
    batch = json.loads(response.text)
    [event] = batch["events"]
    assert (batch["last"], batch["more"]) == (event_id, False)
    body = desk.of("acme").body(event_id)
    assert body is not None
    assert event["body"].encode() == body
    assert event["webhook-id"] == event_id
    signed = signature([secret], event_id=event_id, timestamp=int(event["webhook-timestamp"]), body=body)
    assert event["webhook-signature"] == signed
    assert desk.of("acme").state().condition is Condition.TO_FETCH
    assert json.loads(get(visitor, token, after=event_id).text) == {"events": [], "last": None, "more": False}
    assert desk.of("acme").event(event_id).state is State.DELIVERED
    assert desk.of("acme").attempts(event_id)[-1].reason == "fetched"
    assert desk.of("acme").state().condition is Condition.WELL


@pytest.mark.usefixtures("secret")
def test_what_steers_a_terminal_stands_there_as_an_escape(visit: Visit, producer: Producer, desk: Desk) -> None:
    """Of who fetches by hand. A program reads the very bytes of the body."""
    event = completion(17)
    named = event.model_copy(update={"user": event.user.model_copy(update={"name": CANARY})})
    event_id = producer.send_completion.delay(named).id
    text = get(visit(None), desk.of("acme").pull_token.renew(by="ada")).text
    assert raw_in(text) == []
    body = desk.of("acme").body(event_id)
    assert body is not None
    assert json.loads(text)["events"][0]["body"].encode() == body


@pytest.mark.usefixtures("secret")
def test_a_wrong_token_tells_nothing(visit: Visit, publish: Callable[..., str], desk: Desk) -> None:
    """No token, nonsense, one of nobody, a former one and a revoked one get the same response."""
    publish("17")
    visitor = visit(None)
    former = desk.of("acme").pull_token.renew(by="ada")
    token = desk.of("acme").pull_token.renew(by="ada")
    assert get(visitor, token).status_code == HTTPStatus.OK
    desk.of("acme").pull_token.revoke(by="ada")
    wrong = [None, "", "nonsense", "lhpull_", "lhpull_%.x", "lhpull_YWNtZQ.\xfc", "x" * 10_000, former, token]
    wrong += [new_pull_token("acme"), new_pull_token("nobody")]
    told = {(got.status_code, got.text) for got in (get(visitor, each) for each in wrong)}
    assert [status for status, _ in told] == [HTTPStatus.UNAUTHORIZED]
    assert desk.of("acme").state().undelivered == 1


@pytest.mark.usefixtures("secret")
def test_no_id_leads_to_another_subscriber(visit: Visit, publish: Callable[..., str], desk: Desk) -> None:
    """An `after` of another one is unknown, acknowledges nothing and hands out nothing."""
    desk.of("other").save(pull=True, by="bob")
    theirs, mine = publish("18", "other"), publish("17")
    visitor = visit(None)
    token, other = desk.of("acme").pull_token.renew(by="ada"), desk.of("other").pull_token.renew(by="bob")
    assert [event["webhook-id"] for event in json.loads(get(visitor, other).text)["events"]] == [theirs]
    refused = get(visitor, token, after=theirs)
    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert theirs not in refused.text
    assert desk.of("other").event(theirs).state is State.HELD
    assert [event["webhook-id"] for event in json.loads(get(visitor, token).text)["events"]] == [mine]


@pytest.mark.usefixtures("secret")
def test_wrong_calls_are_told_what_to_do(visit: Visit, desk: Desk) -> None:
    """A limit out of range, a POST, a subscription that does not pull, too many calls."""
    visitor = visit(None)
    token = desk.of("acme").pull_token.renew(by="ada")
    for limit in ("0", "101", "-1", "1.5", "²", "9" * 5_000):
        assert get(visitor, token, limit=limit).status_code == HTTPStatus.BAD_REQUEST
    assert visitor.client.post("/webhook/events").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    got = [get(visitor, token) for _ in range(60)]
    too_many = [each for each in got if each.status_code == HTTPStatus.TOO_MANY_REQUESTS]
    assert {each.headers["Retry-After"] for each in too_many} <= {"1"}
    desk.of("acme").save("https://acme.example/hook", pull=False, by="ada")
    assert get(visitor, token).status_code == HTTPStatus.CONFLICT


@pytest.mark.usefixtures("secret")
def test_the_page_says_that_the_system_fetches(
    visit: Visit, ada: Viewer, publish: Callable[..., str], desk: Desk
) -> None:
    """In the sentence on top, and of each completion."""
    event_id = publish("17")
    token = desk.of("acme").pull_token.renew(by="ada")
    assert "Your system fetches its completions; nothing is sent to it." in visit(ada).get().text
    get(visit(None), token)
    get(visit(None), token, after=event_id)
    assert "The last completion was accepted" in visit(ada).get().text
    assert visit(ada).post("save", callback_url="", numeric_ids="1").status_code == HTTPStatus.SEE_OTHER
    assert desk.of("acme").subscription().pull
    assert visit(ada).post("try").status_code == HTTPStatus.CONFLICT
    assert "Fetched and acknowledged by your system." in visit(ada).get("event", query_string={"id": event_id}).text


@pytest.mark.usefixtures("secret")
def test_nothing_is_posted_to_who_has_no_callback_url(publish: Callable[..., str], desk: Desk) -> None:
    """A try and a replay are refused; so is a subscription that has neither a URL nor the option."""
    event_id = publish("17")
    with pytest.raises(NothingIsPosted):
        desk.of("acme").ask_for_sample(by="ada")
    with pytest.raises(NothingIsPosted):
        desk.of("acme").ask_for_replay(event_id, by="ada")
    with pytest.raises(InvalidSubscription) as refused:
        desk.of("acme").save(pull=False, by="ada")
    assert set(refused.value.problems) == {"callback_url"}


@pytest.fixture
def address(page: SettingsPage) -> Iterator[str]:
    """Yield the address of the page's application on a real socket."""
    server = make_server("127.0.0.1", 0, WsgiPage(page, lambda _: None), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/events"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("secret")
def test_the_example_fetches_all_and_acknowledges_all(address: str, publish: Callable[..., str], desk: Desk) -> None:
    """Each is stored once, and delivered."""
    ids = {publish(str(learner)) for learner in range(150)}
    spec = importlib.util.spec_from_file_location("fetch_example", ROOT / "examples/receivers/fetch.py")
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    results = sqlite3.connect(":memory:")
    assert example.fetch_all(address, desk.of("acme").pull_token.renew(by="ada"), results) == len(ids)
    assert {row[0] for row in results.execute("SELECT id FROM completions")} == ids
    results.close()
    assert desk.of("acme").state().delivered == len(ids)
