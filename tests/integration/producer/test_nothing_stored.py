"""A refused completion leaves no trace: not in the ledger, not in the broker, and no value in an error's text."""

import traceback
from typing import Any

import pytest

from lessonhook.ledger.transitions.keys import shard_of, unsubscribed_key
from lessonhook.producer import InvalidCompletion, Producer, Recorded, Subscription
from tests.support.lms.completions import completion
from tests.support.lms.names import SUBSCRIBER
from tests.support.servers.dump import everything_in
from tests.support.servers.server import Server

_MARK = "marked-value"
_VALID: dict[str, Any] = completion(1).model_dump()


def test_without_a_subscription_nothing_is_stored_and_nothing_published(producer: Producer, server: Server) -> None:
    """The result says so; the database is the same, key by key and value by value, but for the count of such."""
    producer.subscriptions.put(Subscription(subscriber="another", callback_url="https://acme.example.com/hook"))
    # A process's first completion announces how it seals.
    producer.ledger.sealing_keys.announce()
    before = everything_in(server)
    publication = producer.send_completion.delay(completion(1))
    assert (publication.recorded, publication.accepted) == (Recorded.NO_SUBSCRIPTION, False)
    assert producer.ledger.lanes.unsubscribed() == {SUBSCRIBER: 1}
    producer.ledger.redis.delete(unsubscribed_key(shard_of(SUBSCRIBER)))
    assert everything_in(server) == before


def test_once_there_is_a_subscription_the_same_completion_is_taken(producer: Producer) -> None:
    """Its refusal is not remembered."""
    first = producer.send_completion.delay(completion(1))
    producer.subscriptions.put(Subscription(subscriber=SUBSCRIBER, callback_url="https://acme.example.com/hook"))
    second = producer.send_completion.delay(completion(1))
    assert (first.accepted, second.accepted, first.id == second.id) == (False, True, True)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({**_VALID, "completed_at": _MARK}, "completed_at"),
        ({**_VALID, "score_percent": _MARK}, "score_percent"),
        ({**_VALID, "lesson": {**_VALID["lesson"], "retake_score": _MARK}}, "lesson.retake_score"),
        ({**_VALID, "user": _MARK}, "user"),
        ({**_VALID, "report_card_url": f"ftp://{_MARK}.example.com/"}, "report_card_url"),
        ({name: value for name, value in _VALID.items() if name != "lesson"}, "lesson"),
    ],
)
def test_a_wrong_completion_is_refused_before_anything_is_stored_and_is_not_quoted(
    producer: Producer, server: Server, wrong: dict[str, Any], field: str
) -> None:
    """The error names field and rule; not its text, its trace or what led to it has the value."""
    producer.subscriptions.put(Subscription(subscriber=SUBSCRIBER, callback_url="https://acme.example.com/hook"))
    before = everything_in(server)
    with pytest.raises(InvalidCompletion) as raised:
        producer.send_completion.delay(wrong)  # type: ignore[arg-type]  # wrong on purpose
    assert list(raised.value.problems) == [field]
    assert _MARK not in "".join(traceback.format_exception(raised.value))
    assert everything_in(server) == before


@pytest.mark.parametrize("option", [{"countdown": 5}, {"queue": "celery"}, {"expires": 60}, {"priority": 3}])
def test_what_celery_could_do_and_a_lane_does_not_is_refused(
    producer: Producer, server: Server, option: dict[str, Any]
) -> None:
    """An option that is accepted and ignored would mislead the caller."""
    producer.subscriptions.put(Subscription(subscriber=SUBSCRIBER, callback_url="https://acme.example.com/hook"))
    before = everything_in(server)
    with pytest.raises(InvalidCompletion, match=next(iter(option))):
        producer.send_completion.apply_async((completion(1),), **option)
    assert everything_in(server) == before


def test_a_call_as_a_function_delivers_nothing_and_raises(producer: Producer, server: Server) -> None:
    """`send_completion(event)` would look like a delivery."""
    before = everything_in(server)
    with pytest.raises(InvalidCompletion, match=r"\.delay"):
        producer.send_completion(completion(1))  # type: ignore[operator]  # wrong on purpose
    assert everything_in(server) == before
