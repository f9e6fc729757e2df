"""The way from a command to the desk and the producer, whose calls give up within two seconds."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from lessonhook.config import InvalidSettings, Settings
from lessonhook.config import read_settings as read_environment
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.desk import Desk
from lessonhook.producer import Producer

#: What a command opened.
_opened: Final = ExitStack()


@contextmanager
def closed_at_the_end() -> Iterator[None]:
    """Close, on leaving, the connections that a command opened."""
    with _opened:
        yield


def read_settings() -> Settings:
    """Read the environment; raise a Complaint that names the variable if one is wrong."""
    try:
        return read_environment()
    except InvalidSettings as error:
        raise Complaint(str(error), ExitCode.WRONG_USAGE) from None


def open_producer() -> Producer:
    """Make a producer for the environment's Redis; nothing is connected before the first call."""
    producer = Producer(read_settings())
    try:
        _ = producer.ledger
    except ValueError:
        # The text of redis-py's error is left out: it quotes the URL, in which a password may stand.
        raise Complaint("LESSONHOOK_REDIS_URL: is not the URL of a Redis", ExitCode.WRONG_USAGE) from None
    _opened.callback(producer.close)
    return producer


def open_desk() -> Desk:
    """Make the desk of the environment's Redis; nothing is connected before the first call."""
    desk = Desk(open_producer())
    _opened.callback(desk.close)
    return desk
