"""The way from a command to the ledger: through the producer, whose calls give up within two seconds."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from lessonhook.config import InvalidSettings, Settings
from lessonhook.config import read_settings as read_environment
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.ledger import LaneStatus
from lessonhook.producer import Producer

#: What a command opened.
_opened: Final = ExitStack()


@contextmanager
def closed_at_the_end() -> Iterator[None]:
    """Close, on leaving, the connections that a command opened."""
    with _opened:
        yield


def read_settings() -> Settings:
    """Read the environment; raise a Complaint that names the variable where one is wrong."""
    try:
        return read_environment()
    except InvalidSettings as error:
        raise Complaint(str(error), ExitCode.WRONG_USAGE) from None


def open_producer() -> Producer:
    """Make a producer for the environment's Redis; nothing is connected before the first question."""
    producer = Producer(read_settings())
    try:
        _ = producer.ledger
    except ValueError:
        # redis-py quotes the URL's beginning at most, but a password may stand there.
        raise Complaint("LESSONHOOK_REDIS_URL: is no URL of a Redis", ExitCode.WRONG_USAGE) from None
    _opened.callback(producer.close)
    return producer


def known_lane(producer: Producer, subscriber: str) -> LaneStatus:
    """Answer a subscriber's lane; raise a Complaint if there neither is nor lately was such a subscriber."""
    lane = producer.ledger.status(subscriber)
    if not lane.subscribed and not lane.recorded:
        raise Complaint(f"there is no subscriber {subscriber!r}; `lessonhook subscriptions list` names them all")
    return lane
