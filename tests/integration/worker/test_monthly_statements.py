"""The statement of a month is posted by itself, once, and harms nothing if it fails."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from jsonschema import Draft202012Validator

from lessonhook.config import Settings
from lessonhook.desk import Desk
from lessonhook.ledger import Act, MonthlyStatements, Tried, new_signing_secret, stated_days
from lessonhook.ledger.views import stated_days as drawing
from lessonhook.producer import Producer
from lessonhook.producer.published.statement import statement_schema
from lessonhook.receiver import InvalidBody, is_statement, parse, receive_statement
from lessonhook.worker import create_app
from lessonhook.worker.celery_app.services import ServicesStep
from lessonhook.worker.notices import MonthlyPosts
from tests.conftest import NewCustomer
from tests.support.endpoints.exchange import ACCEPTED, Post, Response
from tests.support.endpoints.receiver import Receiver
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored

SECRET = new_signing_secret()
_THIS_MONTH = datetime.now(UTC).date().replace(day=1)
_NEXT_MONTH = date(_THIS_MONTH.year + _THIS_MONTH.month // 12, _THIS_MONTH.month % 12 + 1, 1)
_MONTH = f"{_THIS_MONTH:%Y-%m}"
_FAILED = Response(status=500)
MakePosts = Callable[[], MonthlyPosts]


class Clocks:
    """The clocks of some workers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.runtimes = [create_app(settings).runtime for _ in range(2)]
        self.workers = [MonthlyPosts(runtime) for runtime in self.runtimes]

    def put(self, day: int, hour: int = 0) -> None:
        """Put them all to an hour of a day of the next month; each hour a minute later, so that a wait is over."""
        then = datetime(_NEXT_MONTH.year, _NEXT_MONTH.month, day, hour, minute=hour, tzinfo=UTC)
        for runtime in self.runtimes:
            runtime.ledger.clock_ahead_ms = round((then.timestamp() - time.time()) * 1000)


@pytest.fixture
def customer(new_customer: NewCustomer) -> Customer:
    """Return a customer that asks for its statements."""
    return new_customer("acme", monthly_statement=True, signing_secret=SECRET)


@pytest.fixture
def clocks(settings: Settings) -> Iterator[Clocks]:
    """Yield two workers, of which each has connections of its own."""
    made = Clocks(settings)
    yield made
    for runtime in made.runtimes:
        runtime.close()
        runtime.ledger.redis.close()


def _audited(clocks: Clocks, customer: Customer) -> list[tuple[str, str]]:
    """Return who did it, and what the audit says of it, of each act with a statement."""
    entries = clocks.runtimes[0].ledger.audit.of(customer.name, at_most=100)
    return [(entry.by, entry.detail) for entry in entries if entry.act == Act.STATEMENT]


def _statements(receiver: Receiver, customer: Customer) -> list[Post]:
    return [post for post in receiver.posts_to(customer.path) if post.values("webhook-statement")]


def test_the_month_before_is_posted_once(
    clocks: Clocks, receiver: Receiver, customer: Customer, stored: Stored
) -> None:
    """Whichever worker looks, and however often; the library tells it from a completion and checks it."""
    accepted, held = stored.delivered(), stored.held()
    clocks.put(1)
    for worker in (*clocks.workers, *clocks.workers):
        worker.look()
    [post] = _statements(receiver, customer)
    headers = dict(post.headers)
    assert is_statement(headers)
    assert post.header("webhook-statement") == _MONTH
    assert post.header("webhook-id").startswith(f"statement-acme-{_THIS_MONTH}-{_MONTH}-")
    stated = receive_statement(headers, post.body, SECRET)
    assert (stated.first_day, stated.last_day.month, stated.recorded) == (_THIS_MONTH, _THIS_MONTH.month, 2)
    assert stated.ids == dict(sorted({accepted: "delivered", held: "held"}.items()))
    with pytest.raises(InvalidBody):
        parse(post.body)
    schema = Draft202012Validator(statement_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
    schema.validate(json.loads(post.body))
    assert _audited(clocks, customer) == [("a worker", f"{_MONTH}: accepted at try 1")]


@pytest.mark.parametrize("day", [6, 28])
def test_only_the_first_days_of_a_month_have_one(
    clocks: Clocks, receiver: Receiver, customer: Customer, day: int
) -> None:
    """A subscription that is saved later in a month gets the next one."""
    clocks.put(day)
    clocks.workers[0].look()
    assert not _statements(receiver, customer)


def test_a_failed_one_is_tried_again_each_hour_and_pauses_nothing(
    clocks: Clocks, receiver: Receiver, customer: Customer, producer: Producer
) -> None:
    """With the same id, by any worker. Its attempts are not those of the lane."""
    customer.respond(_FAILED, _FAILED, ACCEPTED)
    before = producer.ledger.lanes.status(customer.name)
    for hour, posted in ((0, 1), (0, 1), (1, 2), (2, 3), (3, 3)):
        clocks.put(1, hour)
        clocks.workers[0].look()
        assert len(_statements(receiver, customer)) == posted
    assert len({post.header("webhook-id") for post in _statements(receiver, customer)}) == 1
    assert producer.ledger.lanes.status(customer.name) == before
    assert _audited(clocks, customer) == [("a worker", f"{_MONTH}: accepted at try 3")]


def test_it_is_given_up_on_the_fifth_day(clocks: Clocks, receiver: Receiver, customer: Customer) -> None:
    """And at the 72nd try."""
    customer.respond(_FAILED)
    clocks.put(5, 23)
    clocks.workers[0].look()
    assert clocks.runtimes[0].ledger.monthly_statements.of(_MONTH) == {customer.name: Tried(1, 0)}
    assert _audited(clocks, customer) == [("a worker", f"{_MONTH}: given up (status) at try 1")]
    clocks.put(5, 23)
    clocks.workers[0].look()
    assert len(_statements(receiver, customer)) == 1


def test_72_tries_are_the_most(clocks: Clocks, customer: Customer) -> None:
    """Each claims its own number."""
    customer.respond(_FAILED)
    store = clocks.runtimes[0].ledger.monthly_statements
    for tries in range(71):
        assert store.claim(_MONTH, customer.name, Tried(tries), next_ms=1)
    clocks.put(3)
    clocks.workers[0].look()
    assert store.of(_MONTH) == {customer.name: Tried(72, 0)}


def test_two_workers_with_the_lead_post_once(clocks: Clocks, customer: Customer) -> None:
    """A claim is the number of a try, which one of them has."""
    stores: list[MonthlyStatements] = [runtime.ledger.monthly_statements for runtime in clocks.runtimes]
    won = [store.claim(_MONTH, customer.name, Tried(), next_ms=9) for store in stores]
    assert won == [True, False]


def test_who_does_not_ask_gets_none(clocks: Clocks, receiver: Receiver, producer: Producer, customer: Customer) -> None:
    """That is the default."""
    producer.subscriptions.change(customer.name, monthly_statement=False)
    clocks.put(1)
    clocks.workers[0].look()
    assert not _statements(receiver, customer)


def test_a_big_month_has_no_list(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, producer: Producer, stored: Stored
) -> None:
    """The hash stands, and a note says why the list is missing."""
    monkeypatch.setattr(drawing, "_MOST_IDS", 1)
    ids = [stored.delivered(), stored.delivered()]
    today = datetime.now(UTC).date()
    stated = stated_days(producer.ledger, settings, "acme", (today, today), with_ids=None)
    assert stated.ids is None
    assert stated.is_of(ids)
    assert "The list of ids is left out" in stated.notes[-1]


def test_the_desk_draws_up_the_same(producer: Producer, customer: Customer) -> None:
    """So a company may compare what it was posted with what it asked for."""
    with Desk(producer) as desk:
        signed = desk.of(customer.name).statements.signed(_THIS_MONTH, _THIS_MONTH)
    assert signed.webhook_id == f"statement-acme-{_THIS_MONTH}-{_THIS_MONTH}"


def test_every_worker_has_the_service(settings: Settings) -> None:
    """It starts, and ends at once, without a setting."""
    app = create_app(settings)
    worker = SimpleNamespace(app=app)
    step = ServicesStep(worker)
    step.start(worker)
    names = {type(service).__name__ for service in step._services}
    step.stop(worker)
    assert "MonthlyPosts" in names
    app.runtime.ledger.redis.close()
