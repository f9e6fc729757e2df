"""One POST of the sample to a subscriber's endpoint, by the client that delivers; the ledger learns nothing of it."""

import uuid
from typing import Final

from lessonhook.console.sample import sample_body
from lessonhook.ledger import Outcome
from lessonhook.producer import Subscription
from lessonhook.worker.client import Client, Post

#: A receiver tells a test from a completion by what its `webhook-id` begins with.
TEST_PREFIX: Final = "test-"


def trial_id() -> str:
    """Make a `webhook-id` for one try: a receiver that drops repeats takes the next try too."""
    return f"{TEST_PREFIX}{uuid.uuid4()}"


def send_sample(client: Client, subscription: Subscription) -> tuple[str, Outcome]:
    """Make one attempt; answer the `webhook-id` that it had and how it ended."""
    event_id = trial_id()
    post = Post(event_id=event_id, subscription=subscription, body=sample_body(subscription))
    return event_id, client.post(post)
