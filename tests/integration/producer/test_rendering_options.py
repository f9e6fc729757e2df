"""Changed options of the body apply from the next event on, also in a process that published before."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.ledger.transitions.keys import key
from lessonhook.producer import InvalidCompletion, Producer, Subscription
from tests.support.lms.completions import completion
from tests.support.lms.names import SUBSCRIBER
from tests.support.people.producing import running_producer
from tests.support.servers.dump import everything_in
from tests.support.servers.server import Server


@pytest.fixture
def settings_page(settings: Settings) -> Iterator[Producer]:
    """Yield the producer of another process, in which subscriptions are saved."""
    with running_producer(settings) as producer:
        yield producer


def put(producer: Producer, **options: bool) -> None:
    """Save the subscription with these options and no others."""
    given = {"subscriber": SUBSCRIBER, "callback_url": "https://acme.example.com/hook", **options}
    producer.subscriptions.put(Subscription.model_validate(given))


def published(producer: Producer, number: int) -> tuple[object, bool, bool]:
    """Publish a completion; return the learner's id as in the body, and whether it has `ext_uid` and `score`."""
    event = {**completion(number).model_dump(), "user": {"id": number, "name": "Ann", "email": "", "ext_uid": "x-1"}}
    publication = producer.send_completion.delay(event)  # type: ignore[arg-type]  # a plain dict
    stored: Any = producer.ledger.redis.get(key("body", SUBSCRIBER, publication.id))
    body = json.loads(stored)
    return body["user"]["id"], "ext_uid" in body["user"], "score" in body


def test_changed_options_hold_from_the_next_event_on(producer: Producer, settings_page: Producer) -> None:
    """On, another one, all, and off again: each body is the one that was asked for when it was published."""
    put(settings_page)
    assert published(producer, 1) == ("1", False, False)
    put(settings_page, numeric_ids=True)
    assert published(producer, 2) == (2, False, False)
    put(settings_page, external_user_ids=True, deprecated_score=True)
    assert published(producer, 3) == ("3", True, True)
    put(settings_page, numeric_ids=True, external_user_ids=True, deprecated_score=True)
    assert published(producer, 4) == (4, True, True)
    put(settings_page)
    assert published(producer, 5) == ("5", False, False)


def test_an_event_that_newly_set_options_refuse_is_not_stored(
    producer: Producer, settings_page: Producer, server: Server
) -> None:
    """An id that is no number is refused by a subscription that asks for numbers, before anything is written."""
    put(settings_page)
    producer.send_completion.delay(completion(1))
    put(settings_page, numeric_ids=True)
    before = everything_in(server)
    with pytest.raises(InvalidCompletion, match=r"user\.id"):
        producer.send_completion.delay(completion(2))
    assert everything_in(server) == before
