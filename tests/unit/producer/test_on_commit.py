"""`send_completion.delay_on_commit`: with Django's transaction, and never against the view."""

import logging
from collections.abc import Iterator

import pytest
from django.db import connections, transaction

from lessonhook.producer import (
    CompletionDict,
    InvalidCompletion,
    Producer,
    Recorded,
    Subscription,
    send_completion,
    subscriptions,
)
from lessonhook.producer.sample import sample_event
from lessonhook.producer.testing import Outbox, recording
from tests.support.lms.django_here import set_up_django

URL = "https://acme.example/hook"


@pytest.fixture(scope="module", autouse=True)
def _databases() -> Iterator[None]:
    """Give Django two databases."""
    set_up_django()
    yield
    connections.close_all()


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    """Record what is sent, with a subscription for `acme`."""
    with recording(send_completion) as outbox:
        subscriptions.put(Subscription(subscriber="acme", callback_url=URL))
        yield outbox


def test_it_is_sent_after_the_commit_and_not_before(outbox: Outbox) -> None:
    """The id is known at once: it is that of the event."""
    with transaction.atomic():
        event_id = send_completion.delay_on_commit(sample_event("acme"))
        assert len(outbox) == 0
    assert [sent.id for sent in outbox] == [event_id]
    assert send_completion.delay(sample_event("acme")).recorded is Recorded.DUPLICATE


def test_what_is_rolled_back_is_never_sent(outbox: Outbox) -> None:
    """Neither with the transaction nor with a savepoint of it."""
    with transaction.atomic():
        send_completion.delay_on_commit(sample_event("acme", "whole"))
        transaction.set_rollback(True)
    with transaction.atomic():
        send_completion.delay_on_commit(sample_event("acme", "kept"))
        with transaction.atomic():
            send_completion.delay_on_commit(sample_event("acme", "undone"))
            transaction.set_rollback(True)
    assert [sent.id for sent in outbox] == ["kept"]


def test_outside_a_transaction_it_is_sent_at_once(outbox: Outbox) -> None:
    """As Django does with any such callback."""
    send_completion.delay_on_commit(sample_event("acme"))
    assert len(outbox) == 1


def test_using_names_the_database_whose_commit_counts(outbox: Outbox) -> None:
    """The commit of another one sends nothing."""
    with transaction.atomic(using="replica"):
        with transaction.atomic():
            send_completion.delay_on_commit(sample_event("acme"), using="replica")
        assert len(outbox) == 0
    assert len(outbox) == 1


def test_a_wrong_completion_is_refused_in_the_view(outbox: Outbox) -> None:
    """Before the commit, where the view can still respond with it."""
    wrong: CompletionDict = {
        "subscriber": "acme",
        "user": {"id": 7, "name": "Ada", "email": ""},
        "lesson": {"id": "", "title": "Fire Safety"},
        "completed_at": "2026-03-01T12:00:00Z",
    }
    with transaction.atomic(), pytest.raises(InvalidCompletion, match=r"lesson\.id: must not be blank"):
        send_completion.delay_on_commit(wrong)
    assert len(outbox) == 0


def test_an_option_of_the_subscription_refuses_in_the_view_once_it_is_known(outbox: Outbox) -> None:
    """An id that is no number, for a company that asks for numbers: known from the event before."""
    subscriptions.put(Subscription(subscriber="acme", callback_url=URL, numeric_ids=True))
    send_completion.delay(sample_event("acme"))
    named = CompletionDict(
        subscriber="acme",
        user={"id": 7, "name": "Ada", "email": ""},
        lesson={"id": "fire", "title": "Fire Safety"},
        completed_at="2026-03-01T12:00:00Z",
    )
    with transaction.atomic(), pytest.raises(InvalidCompletion, match=r"lesson\.id: must be a whole number"):
        send_completion.delay_on_commit(named)
    with outbox.redis_down(), transaction.atomic():
        send_completion.delay_on_commit(named)


def test_a_publish_that_fails_after_the_commit_raises_nothing_in_the_view(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    """The transaction is done, other callbacks run, and the log has the id and no value of the event."""
    after: list[str] = []
    with caplog.at_level(logging.ERROR), outbox.redis_down(), transaction.atomic():
        event_id = send_completion.delay_on_commit(sample_event("acme"))
        transaction.on_commit(lambda: after.append("ran"))
    assert after == ["ran"]
    [line] = caplog.messages
    assert line.startswith(f"publish.failed subscriber=acme event_id={event_id} error=PublishFailed: Redis did not")
    assert "Sampleson" not in caplog.text


def test_a_producer_of_the_lmss_own_has_it_too() -> None:
    """It publishes by itself, not by the one of the environment."""
    producer = Producer()
    with recording(producer.send_completion) as own:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url=URL))
        producer.send_completion.delay_on_commit(sample_event("acme"))
        assert len(own) == 1


def test_many_are_sent_after_the_commit_and_not_before(outbox: Outbox) -> None:
    """All of them, or none if the transaction is rolled back; a wrong one is refused in the view."""
    events = [sample_event("acme", f"event-{number}") for number in range(3)]
    with transaction.atomic():
        assert send_completion.delay_many_on_commit(events[:2]) == 2
        assert len(outbox) == 0
    assert [sent.id for sent in outbox] == ["event-0", "event-1"]
    with transaction.atomic():
        send_completion.delay_many_on_commit(events)
        transaction.set_rollback(True)
    assert len(outbox) == 2
    with transaction.atomic(), pytest.raises(InvalidCompletion, match=r"0\."):
        send_completion.delay_many_on_commit([{"subscriber": "acme"}])  # type: ignore[list-item]  # that is the point
