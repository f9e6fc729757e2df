"""The two receivers that are known to exist take what is sent, with the options that each of them needs."""

from collections.abc import Iterator
from typing import Any

import pytest

from lessonhook.ledger import Kind, Outcome
from lessonhook.producer import Subscription
from lessonhook.producer.rendering import render
from lessonhook.producer.sample import sample_event
from lessonhook.worker.client import Client, Post
from tests.support.endpoints.known_receivers import EmailJoiner, ScoreReader
from tests.support.endpoints.receiver import Receiver

AUTHORIZATION = "Bearer  s3cr3t "


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    """Yield an endpoint with the given behaviour."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def joiner(endpoint: Receiver) -> EmailJoiner:
    """Return the receiver that joins on e-mail addresses, at `/`."""
    script = EmailJoiner(AUTHORIZATION, people={"sample@company.com": "Sample"}, lesson=1000)
    endpoint.respond("/", script)
    return script


def deliver(client: Client, endpoint: Receiver, *, email: str = "sample@company.com", **options: Any) -> Outcome:
    """Render the vendor's sample for a subscription and make one attempt."""
    subscription = Subscription(subscriber="acme", callback_url=endpoint.url(), **options)
    event = sample_event("acme", "event-1")
    event = event.model_copy(update={"user": event.user.model_copy(update={"email": email})})
    return client.post(Post(event_id="event-1", subscription=subscription, body=render(event, subscription)))


def test_the_score_reader_is_served_by_the_deprecated_score(client: Client, endpoint: Receiver) -> None:
    """Ids are texts by default; `deprecated_score` adds what it reads."""
    reader = ScoreReader()
    endpoint.respond("/", reader)
    assert deliver(client, endpoint, deprecated_score=True).kind is Kind.ACCEPTED
    assert reader.recorded == {("1", "1000"): 1.0}


@pytest.mark.parametrize("options", [{}, {"deprecated_score": True, "numeric_ids": True}])
def test_the_score_reader_fails_without_its_options(
    client: Client, endpoint: Receiver, options: dict[str, Any]
) -> None:
    """Its 500 is a failed attempt: correcting the subscription cures what waits."""
    endpoint.respond("/", ScoreReader())
    outcome = deliver(client, endpoint, **options)
    assert (outcome.kind, outcome.status) == (Kind.FAILED, 500)


@pytest.mark.parametrize("email", ["sample@company.com", "Sample@Company.COM"])
def test_the_email_joiner_is_served_by_numeric_ids(
    client: Client, endpoint: Receiver, joiner: EmailJoiner, email: str
) -> None:
    """Its Authorization value arrives whole, blanks included, and the lesson id as a number."""
    outcome = deliver(client, endpoint, email=email, authorization=AUTHORIZATION, numeric_ids=True)
    assert (outcome.kind, outcome.response) == (Kind.ACCEPTED, '{"recorded": true}')
    assert joiner.recorded == ["Sample"]


def test_the_email_joiner_skips_ids_that_are_texts(client: Client, endpoint: Receiver, joiner: EmailJoiner) -> None:
    """It responds 200 all the same: accepted, with the response's text in the attempt log."""
    outcome = deliver(client, endpoint, authorization=AUTHORIZATION)
    assert (outcome.kind, outcome.response) == (Kind.ACCEPTED, '{"skipped": true}')
    assert joiner.recorded == []


@pytest.mark.parametrize("authorization", [None, "Bearer s3cr3t", "Bearer  s3cr3t"])
def test_the_email_joiner_refuses_a_value_that_is_not_its_own(
    client: Client, endpoint: Receiver, joiner: EmailJoiner, authorization: str | None
) -> None:
    """Equality of the whole value: a blank more or less is another one."""
    outcome = deliver(client, endpoint, authorization=authorization, numeric_ids=True)
    assert (outcome.kind, outcome.status) == (Kind.FAILED, 401)
    assert joiner.recorded == []
