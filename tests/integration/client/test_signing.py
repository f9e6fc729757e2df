"""Signatures that a receiver's own library accepts: proved with the verifier of `standardwebhooks`."""

import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from lessonhook.ledger.subscriptions.credentials import new_signing_secret
from lessonhook.worker.client import Client
from tests.support.endpoints.posting import BODY, post
from tests.support.endpoints.raw_endpoints import Endpoint, head_of, responding

FIRST, SECOND, OTHER = new_signing_secret(), new_signing_secret(), new_signing_secret()


def parts(request: bytes) -> tuple[dict[str, str], bytes]:
    """Return headers and body as a receiver's framework hands them on."""
    lines = (line.decode("latin-1").partition(": ") for line in head_of(request)[1:])
    return {name: value for name, _, value in lines}, request.partition(b"\r\n\r\n")[2]


def test_a_signed_post_is_verified(client: Client) -> None:
    """Id, time and body are covered; a changed body is not accepted, nor another secret."""
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url(), signing_secret=FIRST)
    headers, body = parts(endpoint.requests[0])
    assert body == BODY
    Webhook(FIRST).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(FIRST).verify(body.replace(b"1", b"2"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(FIRST).verify(body, {**headers, "webhook-id": "other"})
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(body, headers)


def test_either_secret_verifies_while_one_is_rotated(client: Client) -> None:
    """Two signatures with a blank between; the receiver changes over whenever it likes."""
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url(), signing_secret=SECOND, previous_signing_secret=FIRST)
    headers, body = parts(endpoint.requests[0])
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (FIRST, SECOND):
        Webhook(secret).verify(body, headers)


def test_without_a_secret_there_is_no_signature(client: Client) -> None:
    """The id and the time are there nevertheless: a receiver drops repeats by the id."""
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url(), event_id="event-7")
    headers, _ = parts(endpoint.requests[0])
    assert "webhook-signature" not in headers
    assert headers["webhook-id"] == "event-7"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def test_the_id_stays_and_the_time_is_the_attempts(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver refuses what is too old, so each attempt is signed anew."""
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url(), event_id="event-7", signing_secret=FIRST)
        later = time.time() + 600
        monkeypatch.setattr(time, "time", lambda: later)
        post(client, endpoint.url(), event_id="event-7", signing_secret=FIRST)
    first, second = (parts(request)[0] for request in endpoint.requests)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) == int(later)
    assert first["webhook-signature"] != second["webhook-signature"]
