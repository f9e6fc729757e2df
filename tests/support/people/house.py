"""The whole system, running: a server, a worker process, a receiver, and the producer in the test's own process."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lessonhook.config import Settings
from lessonhook.ledger import Ledger, publish
from lessonhook.producer import Producer
from tests.support.endpoints.exchange import ACCEPTED
from tests.support.endpoints.receiver import Receiver
from tests.support.people.customer import Customer
from tests.support.processes.workers import Worker, Workers, running_workers
from tests.support.servers.broker_view import BrokerView
from tests.support.servers.key_leaks import keys_without_lifetime
from tests.support.servers.server import Server
from tests.support.shortened import short_settings

#: No test lasts so long. What a message or a countdown should have done is not done by the sweep in its stead.
NO_SWEEP_SECONDS = 600.0
#: What hangs, hangs until the test lets it go.
NO_DEADLINE_SECONDS = 120.0


class House:
    """The parts of one running system; each customer in it has a lane and an endpoint of its own."""

    def __init__(self, server: Server, settings: Settings, receiver: Receiver, workers: Workers) -> None:
        self.server = server
        self.settings = settings
        self.receiver = receiver
        self.workers = workers
        self.producer = Producer(settings)
        self.broker = BrokerView(server)
        self._names = itertools.count(1)
        self._customers: list[Customer] = []

    @property
    def ledger(self) -> Ledger:
        """The ledger, as the producer has it."""
        return self.producer.ledger

    @property
    def worker(self) -> Worker:
        """The first worker, started when it is first asked for."""
        return self.workers.started[0] if self.workers.started else self.workers.start()

    def customer(self, **options: Any) -> Customer:
        """Return a new customer with a subscription; `options` are the subscription's own."""
        customer = Customer(f"customer-{next(self._names)}", self.producer, self.receiver, self.broker, options)
        self._customers.append(customer)
        return customer

    def resume(self, customer: Customer) -> None:
        """Lift every pause, as an operator does."""
        publish(self.producer.app, self.ledger.resume(customer.name), ledger=self.ledger)

    def part_with_customers(self) -> None:
        """Remove all subscriptions and end what hangs, so that no lane of one test goes on in the next."""
        while self._customers:
            customer = self._customers.pop()
            customer.leave()
            customer.respond(ACCEPTED)
            customer.release()

    def close(self) -> list[str]:
        """Close every connection of the test's process; name the keys without a lifetime that should have one."""
        self.producer.app.close()
        self.ledger.redis.close()
        self.broker.close()
        with self.server.client() as client:
            return sorted(keys_without_lifetime(client))


@contextmanager
def open_house(server_kind: str, directory: Path, **changes: Any) -> Iterator[House]:
    """Open a house on a server of its own; `changes` are settings that differ from the short ones."""
    with Server(server_kind) as server, Receiver() as receiver:
        fixed = {
            "sweep_interval_seconds": NO_SWEEP_SECONDS,
            "republish_after_seconds": NO_SWEEP_SECONDS,
            "request_deadline_seconds": NO_DEADLINE_SECONDS,
        }
        settings = short_settings(server.url).model_copy(update=fixed | changes)
        with running_workers(settings, directory) as workers:
            house = House(server, settings, receiver, workers)
            try:
                yield house
            finally:
                leaked = house.close()
        assert not leaked, f"keys without a lifetime were left: {', '.join(leaked)}"
