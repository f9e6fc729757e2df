"""What a company, a learner, an endpoint or a message holds steers no reader of a log, of Flower or of the page."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.test import Client

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, LogFormat
from lessonhook.console.processes import wait_until
from lessonhook.desk import Desk
from lessonhook.page import SettingsPage, Viewer
from lessonhook.page.wsgi import WsgiPage
from lessonhook.producer import Lesson, User
from tests.page.visitor import Visitor
from tests.support.endpoints.raw_endpoints import Endpoint, http_response, responding
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.canary import CANARY, raw_in
from tests.support.people.customer import Customer
from tests.support.people.house import House, open_house
from tests.support.processes.subscribers_page import WITH_PASSWORD, running_site

#: What a line of HTTP can carry.
_IN_A_LINE = CANARY.replace("\r\n", "").encode()
_STATUSES = (b"200", b"401", b"410", b"429")


@dataclass(frozen=True)
class Canaries:
    """A system in which each input has held the canary."""

    house: House
    #: A customer for each status that its endpoint responds with, the accepting one first.
    customers: list[Customer]
    event_ids: list[str]


def _write_everywhere(house: House, endpoints: list[Endpoint]) -> Canaries:
    customers = []
    for endpoint in endpoints:
        customer = house.customer(callback_url=endpoint.url("/hook"))
        customers.append(customer)
        house.ledger.pause(customer.name, by=CANARY)
        house.resume(customer)
    user = User(id=CANARY, name=CANARY, email=CANARY, ext_uid=CANARY, custom_fields={CANARY: CANARY})
    event_ids = [customer.publish(user=user, lesson=Lesson(id=CANARY, title=CANARY)) for customer in customers]
    return Canaries(house, customers, event_ids)


@pytest.fixture(scope="module", params=list(LogFormat))
def canaries(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server_kind: str
) -> Iterator[Canaries]:
    """Yield the system, in each format of the log; its worker is at its most talkative."""
    responses = [
        http_response(_IN_A_LINE + CANARY.encode(), b"X: " + _IN_A_LINE, b"Retry-After: " + _IN_A_LINE, status=status)
        for status in (each + b" " + _IN_A_LINE for each in _STATUSES)
    ]
    with (
        open_house(server_kind, tmp_path_factory.mktemp("canary"), log_format=request.param) as house,
        Endpoint(responding(responses[0])) as well,
        Endpoint(responding(responses[1])) as refusing,
        Endpoint(responding(responses[2])) as gone,
        Endpoint(responding(responses[3])) as throttling,
    ):
        house.workers.start(options=["--loglevel", "DEBUG"])
        told = _write_everywhere(house, [well, refusing, gone, throttling])
        _forge_messages(house)
        told.customers[0].wait_for(delivered=1)
        told.customers[1].wait_for(paused=True)
        told.customers[2].wait_for(paused=True)
        throttled = told.customers[3]
        wait_until(lambda: bool(house.ledger.events.get(throttled.name, told.event_ids[3])), PATIENCE_SECONDS, "it")
        yield told
        house.part_with_customers()


def _forge_messages(house: House) -> None:
    """Put messages on the queue that hold the canary wherever a message holds text."""
    queue = BROKER_KEY_PREFIX + COMPLETIONS
    message = {
        "body": CANARY,
        "content-encoding": CANARY,
        "content-type": CANARY,
        "headers": {"lang": CANARY, "task": CANARY, "id": CANARY, "argsrepr": CANARY, "origin": CANARY, CANARY: CANARY},
        "properties": {
            "correlation_id": CANARY,
            "delivery_info": {"exchange": CANARY, "routing_key": CANARY},
            "body_encoding": CANARY,
            "delivery_tag": CANARY,
        },
    }
    right = {"content-encoding": "utf-8", "content-type": "application/json"}
    body_in_json = {"body": json.dumps([[CANARY, CANARY], {CANARY: CANARY}, {}])}
    unpacked = {"properties": {**message["properties"], "body_encoding": None}}  # type: ignore[dict-item]
    ours = {"headers": {**message["headers"], "task": "lessonhook.send_completion"}}  # type: ignore[dict-item]
    with house.server.client() as client:
        for changed in ({}, right, right | body_in_json | unpacked, right | body_in_json | unpacked | ours):
            client.lpush(queue, json.dumps({**message, **changed}))
        client.lpush(queue, CANARY)


def test_the_workers_log_is_steered_by_nothing(canaries: Canaries) -> None:
    """In both formats, with Celery's own lines about messages that it does not know."""
    log = canaries.house.worker.logs
    wait_until(lambda: log().count("message.dropped") >= 3, PATIENCE_SECONDS, log)
    assert all(event_id in log() for event_id in canaries.event_ids)
    assert raw_in(log()) == []


def test_the_customers_page_is_steered_by_nothing(canaries: Canaries) -> None:
    """For a viewer who may see all: the overview, a search, each event with its body, and the state."""
    desk = Desk(canaries.house.producer)
    page = SettingsPage(key="of these tests alone, and 32 long", desk=desk)
    for customer, event_id in zip(canaries.customers, canaries.event_ids, strict=True):
        viewer = Viewer(subscriber=customer.name, name=CANARY, may_edit=True, may_see_bodies=True, language="en")
        visitor = Visitor(Client(WsgiPage(page, _always(viewer))), "/")
        for path, query in (("", {}), ("", {"q": CANARY}), ("event", {"id": event_id}), ("state", {})):
            shown = visitor.client.get(f"/{path}", query_string=query).text
            assert shown
            assert raw_in(shown) == [], path
        assert "\\u202e" in visitor.client.get("/event", query_string={"id": event_id}).text


def _always(viewer: Viewer) -> Callable[[object], Viewer]:
    return lambda _: viewer


def test_flower_is_steered_by_nothing(canaries: Canaries, tmp_path: Path) -> None:
    """Its API, its pages, and ours: the list, a subscriber's page, data and attempts, what a search finds."""
    house = canaries.house
    with running_site(house.settings, tmp_path, WITH_PASSWORD) as site, site.session() as session:
        later = house.customer()
        wait_until(lambda: house.worker.name in session.get(f"{site.url}/api/workers").text, PATIENCE_SECONDS, "Flower")
        later.publish()
        later.wait_for(delivered=1)
        paths = ["/api/tasks", "/metrics", "/tasks", "/subscribers", "/subscribers/data"]
        for customer, event_id in zip(canaries.customers, canaries.event_ids, strict=True):
            paths += [
                f"/subscriber?name={customer.name}",
                f"/subscriber/data?name={customer.name}",
                f"/subscriber/attempts?name={customer.name}&event_id={event_id}",
                f"/subscribers/found?sought={quote(CANARY)}",
                f"/subscribers/found?sought={event_id}",
            ]
        for path in paths:
            shown = session.get(site.url + path)
            assert shown.status_code == HTTPStatus.OK, (path, shown.text)
            assert raw_in(shown.text) == [], path
        assert raw_in(site.process.logs()) == []
