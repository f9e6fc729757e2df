"""What an engineer sees in Flower: each event as a task of its own, how it ended, and nothing of a learner."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from lessonhook.config import COMPLETIONS
from lessonhook.console.processes import wait_until
from lessonhook.ledger import Step
from lessonhook.ledger import publish as publish_step
from lessonhook.ledger.transitions.results import Message
from lessonhook.producer import User
from tests.support.endpoints.exchange import ACCEPTED, FAILED, HANGS, Post, Response, Script
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House, open_house
from tests.support.people.stored_fields import event_fields
from tests.support.processes.flower import Flower, running_flower

#: Enough that most of them are delivered in place, without a message of their own.
_BURST = 30
_GONE = Response(status=410)
#: Longer than any test: the event stays in the state RETRY.
_MUCH_LATER = Response(status=503, headers=(("Retry-After", "600"),))

# Marks of all that must not be seen: whatever shows one of them has shown what it should not.
_NAME = "Marked-Name-of-a-Learner"
_EMAIL = "marked.email@learner.example"
_TEAM = "Marked-Custom-Field"
_TITLE = "Marked-Lesson-Title"
_TOKEN = "Marked-Authorization-Value"
_QUERY = "Marked-Key-in-the-URL"
_RESPONSE = "Marked-Text-of-a-Response"
_MARKS = (_NAME, _EMAIL, _TEAM, _TITLE, _TOKEN, _QUERY, _RESPONSE)


class Watched(NamedTuple):
    """A running system, and the Flower that watches it."""

    house: House
    flower: Flower

    def customer(self) -> Customer:
        """Return a customer with marked credentials, whose endpoint echoes what it is sent."""
        customer = self.house.customer(authorization=f"Token {_TOKEN}")
        customer.subscribe(
            authorization=f"Token {_TOKEN}", callback_url=self.house.receiver.url(f"/{customer.name}?key={_QUERY}")
        )
        return customer


@pytest.fixture(scope="module")
def watched(server_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Yield a system and its Flower, for all tests here, each with customers of its own."""
    directory = tmp_path_factory.mktemp("watched")
    with open_house(server_kind, directory, request_deadline_seconds=60.0) as house:
        with running_flower(house.settings, house.worker.name, directory) as flower:
            yield Watched(house, flower)
        house.part_with_customers()


def publish(customer: Customer, count: int = 1) -> list[str]:
    """Publish completions of marked learners and return their ids."""
    return [
        customer.publish(
            user=User(id=f"learner-{number}", name=_NAME, email=_EMAIL, custom_fields={_TEAM: _TEAM}),
            lesson={"id": "1000", "title": _TITLE},
        )
        for number in range(count)
    ]


def echo(status: int) -> Callable[[Post], Response]:
    """Return with a status and, as careless endpoints do, with the credentials and the body that came."""
    return lambda post: Response(status=status, body=f"{_RESPONSE} {post.header('authorization')}".encode() + post.body)


def refuse_one(post: Post) -> Response:
    """Accept every event but one."""
    return FAILED if post.header("webhook-id") == "refused-event" else ACCEPTED


def test_each_event_of_a_burst_is_a_task_of_its_own(watched: Watched) -> None:
    """Also those that were delivered in place, of which Celery never had a message: id, arguments, state and result."""
    customer = watched.customer()
    event_ids = publish(customer, _BURST)
    customer.wait_for(delivered=_BURST)
    wait_until(
        lambda: all(watched.flower.task(event_id).get("state") == "SUCCESS" for event_id in event_ids),
        20,
        lambda: f"{_BURST} successes; Flower says {watched.flower.json('/api/tasks')}",
    )
    tasks = watched.flower.json("/api/tasks")
    for event_id in event_ids:
        task = tasks[event_id]
        assert (task["uuid"], task["name"]) == (event_id, "lessonhook.send_completion")
        assert task["args"] == repr((customer.name, event_id))
        assert task["kwargs"] == "{}"
        assert task["result"] == "'accepted: 200 (attempt 1 of 3)'"
        assert task["worker"] == watched.house.worker.name


def test_a_failed_attempt_shows_why_and_when_the_next_one_is(watched: Watched) -> None:
    """RETRY, with the reason, the attempt's number and the time of the next one, for as long as the event waits."""
    customer = watched.customer()
    customer.respond(_MUCH_LATER)
    [event_id] = publish(customer)
    wait_until(
        lambda: event_id in str(watched.house.worker.ask("scheduled")), 20, "its countdown in the worker's hands"
    )
    # A worker's events come in order: what it sent of the countdown's arrival is seen when this later one is.
    [later] = publish(watched.customer())
    watched.flower.wait_for(later, "SUCCESS")
    task = watched.flower.task(event_id)
    due = datetime.fromtimestamp(int(event_fields(watched.house.ledger, customer.name, event_id)["due_at"]) / 1000, UTC)
    assert task["state"] == "RETRY"
    assert task["exception"].startswith("DeliveryFailed('status: 503")
    assert f"(attempt 1 of 3); next attempt at {due:%Y-%m-%dT%H:%M:%SZ}" in task["exception"]


def test_a_message_too_many_leaves_the_reason_and_the_time_where_they_are(watched: Watched) -> None:
    """A countdown may find its event waiting still, behind another one: Flower goes on telling why, and until when."""
    customer = watched.customer()
    customer.respond(_MUCH_LATER)
    [event_id] = publish(customer)
    customer.wait_for(retrying=1)
    first = watched.flower.wait_for(event_id, "RETRY")
    again = Message(event_id=event_id, queue=COMPLETIONS, queued_ms=0)
    too_many = Step(subscriber=customer.name, state=None, attempts=0, due_ms=0, now_ms=0, publish=(again,))
    assert publish_step(watched.house.producer.app, too_many, ledger=watched.house.ledger)

    def told_again() -> bool:
        task = watched.flower.task(event_id)
        return bool(task["state"] == "RETRY" and task["started"] > first["started"])

    wait_until(told_again, PATIENCE_SECONDS, lambda: f"RETRY once more: {watched.flower.task(event_id)}")
    told = first["exception"]
    task = watched.flower.task(event_id)
    assert task["exception"].startswith("DeliveryFailed('status: 503")
    assert task["exception"].endswith(told[told.index("next attempt at") :])


def test_an_event_that_used_up_its_attempts_is_a_failure_and_names_the_pause(watched: Watched) -> None:
    """FAILURE, with the retries, the last reason and what happens next; once a fresh event is accepted, a SUCCESS."""
    customer = watched.customer()
    customer.respond(FAILED)
    [event_id] = publish(customer)
    customer.wait_for(paused=True)
    task = watched.flower.wait_for(event_id, "FAILURE")
    assert task["exception"].startswith("DeliveryFailed('attempts used up: status: 500")
    assert task["retries"] == 2
    assert "(attempt 3 of 3); the subscriber is paused until a fresh event" in task["exception"]
    customer.respond(ACCEPTED)
    fresh = customer.publish()
    customer.wait_for(delivered=2)
    for delivered in (fresh, event_id):
        assert "accepted: 200" in watched.flower.wait_for(delivered, "SUCCESS")["result"]


def test_gone_uses_the_attempts_up_at_once(watched: Watched) -> None:
    """FAILURE after one POST."""
    customer = watched.customer()
    customer.respond(_GONE)
    [event_id] = publish(customer)
    assert "attempts used up: status: 410" in watched.flower.wait_for(event_id, "FAILURE")["exception"]


def test_a_refused_event_is_a_failure_that_pauses_nobody(watched: Watched) -> None:
    """FAILURE a second time, with another accepted in between: the text says that the endpoint takes others."""
    customer = watched.customer()
    customer.respond(refuse_one)
    customer.publish(event_id="refused-event")
    customer.wait_for(paused=True)
    customer.publish()
    customer.wait_for(refused=1, paused=None)
    task = watched.flower.wait_for("refused-event", "FAILURE", "refused: status: 500")
    assert "the endpoint accepts other events" in task["exception"]


def test_nothing_of_a_learner_and_no_secret_is_seen(watched: Watched) -> None:
    """Not in Flower's API, pages and metrics, not in the worker's replies to `inspect`, in neither one's log."""
    scripts: tuple[Script, ...] = (echo(200), _MUCH_LATER, echo(500), echo(410), HANGS)
    customers = [watched.customer() for _ in scripts]
    for customer, script in zip(customers, scripts, strict=True):
        customer.respond(script)
    event_ids = [event_id for customer in customers for event_id in publish(customer, 3)]
    accepted, retrying, failing, gone, hanging = customers
    accepted.wait_for(delivered=3)
    failing.wait_for(paused=True)
    gone.wait_for(paused=True)
    hanging.wait_for_posts(1)
    watched.flower.wait_for(event_ids[3], "RETRY")
    worker = watched.house.worker
    inspected = {command: str(worker.ask(command)) for command in ("active", "reserved", "scheduled", "stats", "conf")}
    # What is looked for could be seen there: an event in hand, and a countdown.
    assert hanging.name in inspected["active"]
    assert retrying.name in inspected["scheduled"]
    shown = {
        **inspected,
        "tasks": watched.flower.text("/api/tasks"),
        "workers": watched.flower.text("/api/workers?refresh=true"),
        "metrics": watched.flower.text("/metrics"),
        "worker's log": worker.logs(),
        "Flower's log": watched.flower.process.logs(),
    }
    for event_id in watched.flower.json("/api/tasks"):
        shown[f"info {event_id}"] = watched.flower.text(f"/api/task/info/{event_id}")
        shown[f"page {event_id}"] = watched.flower.text(f"/task/{event_id}")
    found = [f"{mark} in {place}" for place, text in shown.items() for mark in _MARKS if mark in text]
    hanging.release()
    assert not found
