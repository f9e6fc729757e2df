"""What one Redis holds: bytes for each event, by where it is, and for each company. A measurement, not a test.

python -m tests.chaos.footprint [--events 5000]
"""

import argparse
import itertools
import sys
from typing import Any, Final

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, RETRIES, Settings
from lessonhook.ledger import Kind, Outcome, Reason
from lessonhook.ledger.transitions.keys import key
from lessonhook.producer import Producer, Subscription
from tests.chaos.scene import completion
from tests.support.people.producing import running_producer
from tests.support.servers.server import Server

_ACCEPTED: Final = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200, seconds=0.1, response="{}")
_FAILED: Final = Outcome(kind=Kind.FAILED, reason=Reason.STATUS, status=503, seconds=0.1, detail="503: try later")
#: A lane with ten failures in a row is down, and what follows is held.
_FAILURES_A_LANE: Final = 8


class Filling:
    """Brings events into one state, with the producer's and the worker's own transitions, on a server of its own."""

    def __init__(self, server: Server, producer: Producer) -> None:
        self._server = server
        self._producer = producer
        self._ledger = producer.ledger
        self._numbers = itertools.count(1)

    def companies(self, count: int) -> list[str]:
        """Save subscriptions of companies that have none yet, and return their names."""
        names = [f"company-{next(self._numbers)}" for _ in range(count)]
        for name in names:
            url = f"https://{name}.example.com/lessons/completions"
            subscription = Subscription(subscriber=name, callback_url=url, authorization="Token abcdef")
            self._producer.subscriptions.put(subscription)
        return names

    def lanes(self, count: int) -> list[str]:
        """Return the names of companies whose lanes are in use: each has had one event delivered."""
        names = self.companies(count)
        for name in names:
            self.settle(name, _ACCEPTED)
        return names

    def publish(self, name: str) -> str:
        """Publish an event: it is queued if it has a slot, held otherwise."""
        return self._producer.send_completion.delay(completion(name, next(self._numbers))).id

    def settle(self, name: str, outcome: Outcome) -> str:
        """Publish an event to a lane that is free, and have it end so; return its id."""
        event_id = self.publish(name)
        delivery = self._ledger.admit(name, event_id).delivery
        assert delivery is not None
        self._ledger.settle(name, event_id, delivery.token, outcome, in_place=False, worker="worker@host")
        self._ledger.redis.delete(*(BROKER_KEY_PREFIX + queue for queue in (COMPLETIONS, RETRIES)))
        return event_id

    def body_bytes(self, name: str, event_id: str) -> int:
        """Return how long an event's body is."""
        body: Any = self._ledger.redis.get(key("body", name, event_id))
        return len(body)

    def used(self) -> int:
        """Return what the server says that it uses."""
        with self._server.client() as client:
            facts: Any = client.info("memory")
        return int(facts["used_memory"])


def body(filling: Filling, _: int) -> float:
    """Measure what is posted, which is a part of each event."""
    [name] = filling.companies(1)
    return filling.body_bytes(name, filling.publish(name))


def company(filling: Filling, count: int) -> float:
    """Measure a subscription and the lane of a company that has had one event, without that event."""
    one = delivered(filling, count)
    before = filling.used()
    filling.lanes(count)
    return (filling.used() - before) / count - one


def queued(filling: Filling, count: int) -> float:
    """Measure an event that waits for a worker, its message in the broker included."""
    names = filling.lanes(count)
    before = filling.used()
    for name in names:
        filling.publish(name)
    return (filling.used() - before) / count


def held(filling: Filling, count: int) -> float:
    """Measure an event that waits in the ledger."""
    [name] = filling.lanes(1)
    before = filling.used()
    for _ in range(count):
        filling.publish(name)
    return (filling.used() - before) / count


def retrying(filling: Filling, count: int) -> float:
    """Measure an event that failed once, with that attempt."""
    names = filling.lanes(count // _FAILURES_A_LANE)
    before = filling.used()
    for name in names:
        for _ in range(_FAILURES_A_LANE):
            filling.settle(name, _FAILED)
    return (filling.used() - before) / (len(names) * _FAILURES_A_LANE)


def delivered(filling: Filling, count: int) -> float:
    """Measure an event that was accepted, as it is kept for a week."""
    [name] = filling.lanes(1)
    before = filling.used()
    for _ in range(count):
        filling.settle(name, _ACCEPTED)
    return (filling.used() - before) / count


def main(arguments: list[str]) -> None:
    """Measure and print each, on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=5_000, help="how many of each (default: 5000)")
    count = parser.parse_args(arguments).events
    for measure in (body, company, queued, held, retrying, delivered):
        with Server() as server, running_producer(Settings(redis_url=server.url)) as producer:
            found = measure(Filling(server, producer), count)
            sys.stdout.write(f"{measure.__name__}: {found:,.0f} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
