"""The LMS's side of a test: a producer for the test's settings that leaves no connection open."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lessonhook.config import Settings
from lessonhook.producer import Producer, Subscription
from tests.support.lms.names import SUBSCRIBER

#: Where nothing listens.
ACME_URL: Final = "https://acme.example/hook"


def subscribe(producer: Producer, url: str = ACME_URL) -> None:
    """Save the subscription of `acme`."""
    producer.subscriptions.put(Subscription(subscriber=SUBSCRIBER, callback_url=url))


@contextmanager
def running_producer(settings: Settings) -> Iterator[Producer]:
    """Yield a producer; close its connections after the test, those of kombu's pool too."""
    producer = Producer(settings)
    try:
        yield producer
    finally:
        producer.close()
