"""What the desk shows, and the JSON form of each view: scripts, pages and an LMS rely on its names."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lessonhook.desk import (
    AmbiguousEvent,
    AttemptRecord,
    Condition,
    Desk,
    EventRecord,
    NoSubscription,
    SubscriberState,
    UnknownEvent,
    UnknownSubscriber,
)
from lessonhook.ledger import State
from lessonhook.producer import Producer, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_state_is_a_word_a_sentence_and_figures(desk: Desk, stored: Stored) -> None:
    """After used-up attempts: paused, with the reason; the figures are of events."""
    stored.pausing()
    state = desk.of("acme").state()
    assert state.condition is Condition.PAUSED
    assert state.reason.startswith("paused ")
    assert state.reason.endswith("attempts used up: 410: gone for good")
    assert (state.held, state.undelivered, state.delivered) == (1, 1, 0)
    assert [state.condition for state in desk.states()] == [Condition.PAUSED]


def test_the_json_form_of_a_state_has_the_agreed_names(desk: Desk, stored: Stored) -> None:
    """In this order; plain values that `json` writes."""
    stored.pausing()
    document = desk.of("acme").state().document()
    assert list(document) == [
        "subscriber",
        "subscribed",
        "paused",
        "window",
        "in_flight",
        "queued",
        "retrying",
        "held",
        "refused",
        "delivered",
        "expired",
        "erased",
        "recorded",
        "oldest_undelivered_seconds",
        "oldest_undelivered",
        "failures_in_a_row",
        "last_outcome",
        "last_attempt",
        "waiting_until",
        "unconfirmed",
        "waits_for_worker",
        "superseded",
        "dropped",
        "pull",
        "given_back",
        "quiet",
        "ending_certificate",
        "backfill",
        "backfill_recorded",
        "backfill_delivered",
        "backfill_stopped",
        "condition",
        "reason",
    ]
    assert set(document["paused"]) == {"since", "reason", "by"}
    assert document["last_attempt"].endswith("Z")
    assert json.loads(json.dumps(document)) == document


def test_the_json_form_of_an_event_and_its_attempts_has_the_agreed_names(desk: Desk, stored: Stored) -> None:
    """Nothing of the body, nothing that is derived from a learner."""
    one = desk.of("acme")
    event = one.event(stored.retrying())
    document = event.document()
    assert list(document) == [
        "event_id",
        "subscriber",
        "state",
        "recorded",
        "completed",
        "due",
        "closed",
        "failed_attempts",
        "posts",
        "leases_lost",
        "closed_because",
        "last_attempt",
        "erased_by",
        "backfill",
    ]
    assert (document["state"], document["failed_attempts"], document["closed"]) == ("retrying", 1, None)
    [attempt] = one.attempts(event.event_id)
    assert attempt.document() == document["last_attempt"]
    assert attempt.document() | {"at": ""} == {
        "at": "",
        "seconds": 0.25,
        "kind": "failed",
        "reason": "status",
        "status": 500,
        "detail": "500: the endpoint failed",
        "response": "oops",
        "worker": "worker1@test",
        "unconfirmed": "",
    }
    assert (attempt.words, attempt.accepted) == ("500: the endpoint failed", False)


@pytest.mark.parametrize("view", [SubscriberState, EventRecord, AttemptRecord])
def test_each_view_has_a_json_schema_with_the_names_of_its_json_form(
    view: type[SubscriberState | EventRecord | AttemptRecord],
) -> None:
    """So that a page or another language can be checked against it; times are `date-time`."""
    schema = view.model_json_schema(mode="serialization")
    assert list(schema["properties"]) == [*view.model_fields, *view.model_computed_fields]
    assert '"format": "date-time"' in json.dumps(schema)


def test_events_are_chosen_by_state_and_time_newest_first(desk: Desk, stored: Stored) -> None:
    """An iterator reads them as they are asked for; a window that is over has none."""
    delivered, retrying = stored.delivered(), stored.retrying()
    one = desk.of("acme")
    assert [event.event_id for event in one.events()] == [retrying, delivered]
    assert [event.event_id for event in one.events(states=[State.DELIVERED])] == [delivered]
    assert list(one.events(until=datetime.now(UTC) - timedelta(hours=1))) == []
    assert next(one.events()).event_id == retrying


def test_an_event_is_found_without_its_subscriber(desk: Desk, producer: Producer, stored: Stored) -> None:
    """By its id alone; if two subscribers have it, one must be named."""
    event_id = stored.delivered()
    assert desk.event(event_id).subscriber == "acme"
    producer.subscriptions.put(Subscription(subscriber="other", callback_url="https://other.example/hook"))
    for name in ("acme", "other"):
        producer.send_completion.delay(sample_event(name, event_id="the-same"))
    with pytest.raises(AmbiguousEvent) as raised:
        desk.event("the-same")
    assert raised.value.subscribers == ("acme", "other")
    assert desk.of("other").event("the-same").subscriber == "other"


def test_the_body_is_shown_only_when_it_is_asked_for(desk: Desk, stored: Stored) -> None:
    """It has a learner's name in it; no view has."""
    event_id = stored.held("42")
    one = desk.of("acme")
    body = one.body(event_id)
    assert body is not None
    assert b"Learner" in body
    assert "Learner" not in json.dumps(one.event(event_id).document())


def test_a_statement_counts_the_days_and_the_states(desk: Desk, stored: Stored) -> None:
    """What was recorded today, and where those events are now."""
    stored.delivered()
    stored.retrying()
    today = datetime.now(UTC).date()
    statement = desk.of("acme").statement(today - timedelta(days=1), today)
    document = statement.document(with_events=True)
    assert (document["recorded"], document["no_longer_known"]) == (2, 0)
    assert {state: number for state, number in document["by_state"].items() if number} == {
        "delivered": 1,
        "retrying": 1,
    }
    assert [event["state"] for event in document["events"]] == ["delivered", "retrying"]
    assert statement.total.delivered == 1


def test_a_statement_over_a_million_events_keeps_none(desk: Desk, stored: Stored) -> None:
    """With `each`, an event is given away as it is read; the sums are the same."""
    event_id = stored.delivered()
    today = datetime.now(UTC).date()
    given: list[str] = []
    statement = desk.of("acme").statement(today, today, each=lambda event: given.append(event.event_id))
    assert (given, statement.events) == ([event_id], [])
    assert (statement.by_state[State.DELIVERED], statement.forgotten) == (1, 0)


def test_a_subscription_is_shown_without_its_credentials(desk: Desk, customer: Customer) -> None:
    """Only whether they are set."""
    view = desk.of(customer.name).subscription()
    assert view.authorization_set
    assert "secret-of-acme" not in repr(view)


def test_what_is_not_there_has_an_error_of_its_own(desk: Desk, customer: Customer) -> None:
    """An LMS catches `LessonhookError`, or the one that it expects."""
    nobody = desk.of("nobody")
    of_a_subscriber: tuple[Callable[[], object], ...] = (
        nobody.state,
        nobody.events,
        nobody.audit,
        lambda: nobody.pause(by="ada"),
        lambda: nobody.resume(by="ada"),
        lambda: nobody.erase("42", by="ada"),
    )
    for call in of_a_subscriber:
        with pytest.raises(UnknownSubscriber, match="'nobody'"):
            call()
    of_a_subscription: tuple[Callable[[], object], ...] = (
        nobody.subscription,
        nobody.send_sample,
        nobody.sample,
        lambda: nobody.rotate_secret(by="ada"),
        lambda: nobody.remove(by="ada"),
    )
    for call in of_a_subscription:
        with pytest.raises(NoSubscription, match="'nobody'"):
            call()
    with pytest.raises(UnknownEvent, match="'gone' of 'acme'"):
        desk.of(customer.name).event("gone")
