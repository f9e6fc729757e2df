"""A desk on a real server, and a customer whose events no worker touches."""

from collections.abc import Iterator

import pytest

from lessonhook.desk import Desk
from lessonhook.producer import Producer
from tests.support.endpoints.receiver import Receiver
from tests.support.people.customer import Customer
from tests.support.people.stored_events import Stored
from tests.support.servers.broker_view import BrokerView
from tests.support.servers.server import Server


@pytest.fixture
def desk(producer: Producer) -> Iterator[Desk]:
    """Yield the desk of the test's server."""
    with Desk(producer) as opened:
        yield opened


@pytest.fixture
def customer(producer: Producer, receiver: Receiver, server: Server) -> Iterator[Customer]:
    """Yield a customer whose endpoint accepts."""
    broker = BrokerView(server)
    yield Customer("acme", producer, receiver, broker, {"authorization": "Token secret-of-acme"})
    broker.close()


@pytest.fixture
def stored(producer: Producer, customer: Customer) -> Stored:
    """Return what brings events of the customer into any state, as workers would."""
    return Stored(producer.ledger, customer)
