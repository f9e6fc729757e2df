"""One attempt by the client, in one line of a test."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from lessonhook.ledger import Outcome
from lessonhook.ledger.subscriptions.subscription import Subscription
from lessonhook.worker.client import Client, Post

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
BODY = b'{"user":{"id":"1","name":"Sample Sampleson","email":"sample@company.com"}}'

#: Makes a client with the settings that are named.
MakeClient = Callable[..., Client]


def post(
    client: Client,
    url: str,
    *,
    event_id: str = "event-1",
    body: bytes = BODY,
    deadline_seconds: float | None = None,
    **subscription: Any,
) -> Outcome:
    """Make one attempt for a subscription with this URL."""
    return client.post(
        Post(
            event_id=event_id,
            subscription=Subscription(subscriber="acme", callback_url=url, **subscription),
            body=body,
            deadline_seconds=deadline_seconds,
        )
    )
