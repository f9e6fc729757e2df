"""A RabbitMQ, for the tests in which it is the broker."""

import gc
from collections.abc import Iterator

import pytest

from tests.support.servers.rabbitmq import RabbitMQ


@pytest.fixture
def rabbitmq() -> Iterator[RabbitMQ]:
    """Yield a broker of the test's own: what another test has left in its queues would be counted."""
    with RabbitMQ() as running:
        yield running


@pytest.fixture
def collected(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect what a test left while its module's filter is in force, so that no later test is blamed for it.

    kombu and py-amqp leave the socket of a connection that has ended to the garbage collector.
    """
    yield
    # pytest keeps the values of the fixtures until the test is over, and the connections with them.
    request.node.funcargs.clear()
    gc.collect()
