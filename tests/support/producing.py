"""The LMS's side of a test: a producer for the test's settings that leaves no connection open."""

from collections.abc import Iterator
from contextlib import contextmanager

from kombu import pools

from lessonhook.config import Settings
from lessonhook.producer import Producer


@contextmanager
def running_producer(settings: Settings) -> Iterator[Producer]:
    """Give a producer; close its connections after the test, those of kombu's pool too."""
    producer = Producer(settings)
    try:
        yield producer
    finally:
        # kombu keeps pools for the whole process; one that is closed and not forgotten would meet the next test.
        pools.reset()
        producer.ledger.redis.close()
