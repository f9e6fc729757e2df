"""The way from a command to the desk and the producer, whose calls give up within two seconds."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

from redis.exceptions import RedisError, ResponseError

from lessonhook.config import OLDEST_REDIS, InvalidSettings, Settings, server_of
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
    """Make a producer for the environment's Redis. Raise an error of `exits.py` if that does not reply or is too old.

    Reads alone would succeed on a Redis that is too old, and show a ledger that is empty.
    """
    producer = open_unasked_producer()
    # A user may have no right to INFO.
    with suppress(ResponseError):
        _refuse_an_old_server(producer)
    return producer


def open_unasked_producer() -> Producer:
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
    """Make the desk of the environment's Redis. Raise an error of `exits.py` if that does not reply or is too old."""
    return _desk_of(open_producer())


def open_desk_in_any_case() -> Desk:
    """Make the desk of the environment's Redis, for a command that waits for it. Raise a Complaint if it is too old."""
    producer = open_unasked_producer()
    # An outage ends. A version stays.
    with suppress(RedisError):
        _refuse_an_old_server(producer)
    return _desk_of(producer)


def _desk_of(producer: Producer) -> Desk:
    desk = Desk(producer)
    _opened.callback(desk.close)
    return desk


def _refuse_an_old_server(producer: Producer) -> None:
    if version := producer.ledger.too_old_a_server():
        server = server_of(producer.app.settings.redis_url)
        advice = f"use Redis {OLDEST_REDIS}.0 or newer, or Valkey"
        raise Complaint(f"LESSONHOOK_REDIS_URL: {server} is {version}; {advice}", ExitCode.WRONG_USAGE)
