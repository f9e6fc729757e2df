"""Whatever the client of a broker raises is an error of the broker, and never one of the LMS's or of the worker's."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from kombu.exceptions import OperationalError

from lessonhook.config.celery import BROKER_ERRORS


def raised_by_amqp() -> Iterator[type[Exception]]:
    """Yield each class of error that AMQP's client raises on a connection or a channel."""
    every = import_module("amqp.exceptions")
    for found in vars(every).values():
        if isinstance(found, type) and issubclass(found, every.AMQPError) and found is not every.AMQPError:
            yield found


@pytest.mark.parametrize("error", [*raised_by_amqp(), OperationalError, ConnectionResetError])
def test_it_is_one_of_the_brokers(error: type[Exception]) -> None:
    """So `.delay()` defers the message, the sweep looks again, and doctor says it in words."""
    assert issubclass(error, BROKER_ERRORS)
