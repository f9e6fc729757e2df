"""The LMS's side of a test: a producer for the test's settings that leaves no connection open."""

from collections.abc import Iterator
from contextlib import contextmanager

from lessonhook.config import Settings
from lessonhook.producer import Producer


@contextmanager
def running_producer(settings: Settings) -> Iterator[Producer]:
    """Yield a producer; close its connections after the test, those of kombu's pool too."""
    producer = Producer(settings)
    try:
        yield producer
    finally:
        producer.app.close()
        producer.ledger.redis.close()
