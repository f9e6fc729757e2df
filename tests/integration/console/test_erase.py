"""`lessonhook erase`: a learner is forgotten in every state, nobody else is, and what is left is counted."""

import pytest

from lessonhook.config import Settings
from lessonhook.ledger import State
from lessonhook.ledger.transitions.keys import key
from lessonhook.producer import Producer, Subscription
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.processes.command_line import Cli

_ARGUMENTS = ("erase", "--subscriber", "acme", "--user-id", "42")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return settings by which no retry comes due within a test: what is retrying stays so."""
    return settings.model_copy(update={"retry_delay_seconds": 600.0})


def readable(producer: Producer, subscriber: str = "acme") -> int:
    """Count the bodies and responses that Redis holds of a subscriber."""
    redis = producer.ledger.redis
    kinds = ("body", "attempts")
    return sum(len(list(redis.scan_iter(f"{_pattern(kind, subscriber)}*"))) for kind in kinds)


def _pattern(kind: str, subscriber: str) -> str:
    return key(kind, subscriber, "").replace("[", r"\[")


def test_a_learner_is_erased_in_every_state(cli: Cli, stored: Stored) -> None:
    """Delivered, refused, retrying, in flight, held: no body and no response is left, and the counts say so."""
    stored.refused("42")
    stored.retrying("42")
    flying, _ = stored.in_flight("42", lesson={"id": "2", "title": "Two"})
    stored.held("42", lesson={"id": "3", "title": "Three"})
    ran = cli(*_ARGUMENTS, "--json")
    assert ran.code == 0
    assert ran.json == {
        "found": 4,
        "erased": 4,
        "by_state": {"delivering": 1, "retrying": 1, "held": 1, "refused": 1},
        "readable": 0,
    }
    looked = cli("event", flying, "--show-body", "--json").json
    assert looked["body"] is None


def test_nobody_else_is_erased(cli: Cli, producer: Producer, stored: Stored) -> None:
    """Other learners of the subscriber, and the same learner of another subscriber, keep their events."""
    producer.subscriptions.put(Subscription(subscriber="other", callback_url="https://other.example/hook"))
    kept = stored.delivered("43")
    stored.delivered("42")
    before = readable(producer)
    assert cli(*_ARGUMENTS).out.startswith("erased 1 event (1 delivered); looked again: 0 of 1 can be read")
    assert readable(producer) == before - 2
    assert cli("event", kept, "--show-body", "--json").json["body"] is not None


def test_what_was_not_sent_is_not_sent_any_more(cli: Cli, customer: Customer, stored: Stored) -> None:
    """It is erased, and does not come back with a resume; one that was delivered stays counted as delivered."""
    delivered, held = stored.delivered("42"), stored.held("42", lesson={"id": "2", "title": "Two"})
    assert cli(*_ARGUMENTS).code == 0
    assert (customer.state(delivered), customer.state(held)) == (State.DELIVERED, State.ERASED)
    assert (customer.status.undelivered, customer.status.erased, customer.status.delivered) == (0, 1, 1)


def test_one_in_flight_is_erased_at_once_and_ends_with_its_post(
    cli: Cli, customer: Customer, producer: Producer, stored: Stored
) -> None:
    """Its body is gone this moment, and its outcome is not written down."""
    event_id, delivery = stored.in_flight("42")
    assert cli(*_ARGUMENTS).code == 0
    stored.settle(delivery)
    assert customer.state(event_id) is State.ERASED
    assert readable(producer) == 0


def test_a_dry_run_only_counts(cli: Cli, producer: Producer, stored: Stored) -> None:
    """Nothing is changed."""
    stored.delivered("42")
    before = readable(producer)
    assert cli(*_ARGUMENTS, "--dry-run").out == "would erase 1 event (1 delivered)\n"
    assert readable(producer) == before


def test_a_second_time_there_is_nothing_left(cli: Cli, stored: Stored) -> None:
    """Exit code 0: a request for erasure may be carried out twice."""
    stored.delivered("42")
    assert cli(*_ARGUMENTS).code == 0
    ran = cli(*_ARGUMENTS)
    assert (ran.code, ran.out) == (0, "1 event of the learner, none of them readable\n")


def test_a_learner_among_thousands_is_found(cli: Cli, producer: Producer, customer: Customer, stored: Stored) -> None:
    """The walk goes over all events in steps, and none is passed by."""
    stored.held("42")
    customer.publish_many(1_200)
    customer.publish("42", lesson={"id": "2", "title": "Two"})
    ran = cli(*_ARGUMENTS, "--json")
    assert (ran.json["erased"], ran.json["readable"]) == (2, 0)
    assert readable(producer) == 1_200
