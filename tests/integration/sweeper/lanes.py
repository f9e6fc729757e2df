"""Subscribers whose messages nobody takes, but the test itself: in whatever order, late, or never."""

import base64
import json
from dataclasses import dataclass
from typing import Any, Final

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, RETRIES
from lessonhook.console.processes import wait_until
from lessonhook.ledger import Delivery, Kind, Outcome, Reason, Step
from lessonhook.ledger.transitions.keys import shard_of
from lessonhook.producer import Producer, Subscription
from tests.chaos.scene import completion
from tests.support.patience import PATIENCE_SECONDS

FAILED: Final = Outcome(kind=Kind.FAILED, reason=Reason.STATUS, status=500)
GONE: Final = Outcome(kind=Kind.GONE, reason=Reason.STATUS, status=410)
ACCEPTED: Final = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200)
#: Nothing is posted in these tests.
_NOWHERE: Final = "http://127.0.0.1:9/"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in a queue of the broker."""

    subscriber: str
    event_id: str
    raw: bytes


class Lanes:
    """Publishes, and plays the worker step by step."""

    def __init__(self, producer: Producer, broker: Any) -> None:
        self.producer = producer
        self.ledger = producer.ledger
        self._broker = broker
        self._numbers = 0

    def subscribe(self, *names: str) -> None:
        """Save subscriptions."""
        for name in names:
            self.producer.subscriptions.put(Subscription(subscriber=name, callback_url=_NOWHERE))

    def publish(self, name: str) -> str:
        """Publish a completion, and return its event id."""
        self._numbers += 1
        return self.producer.send_completion.delay(completion(name, self._numbers)).id

    def published(self, count: int) -> dict[str, str]:
        """Publish one completion for each of so many subscribers, in turn; return the event ids by subscriber.

        No two in the same millisecond: which of those is older is not known.
        """
        names = [f"company-{number}" for number in range(count)]
        self.subscribe(*names)
        return {name: self._publish_alone(name) for name in names}

    def _publish_alone(self, name: str) -> str:
        event_id, published = self.publish(name), self._now_ms()
        wait_until(lambda: self._now_ms() > published, PATIENCE_SECONDS, "the next millisecond")
        return event_id

    def _now_ms(self) -> int:
        seconds, microseconds = self._broker.time()
        return int(seconds * 1000 + microseconds // 1000)

    def waiting(self, queue: str = COMPLETIONS) -> list[Waiting]:
        """Return the messages of a queue, the one to be taken next first."""
        return [_read(raw) for raw in reversed(self._broker.lrange(BROKER_KEY_PREFIX + queue, 0, -1))]

    def lose(self, message: Waiting, queue: str = COMPLETIONS) -> None:
        """Take a message out of a queue, as a worker does that is killed before it can say so."""
        assert self._broker.lrem(BROKER_KEY_PREFIX + queue, 1, message.raw) == 1

    def lose_all(self, *queues: str) -> None:
        """Empty these queues, or both."""
        self._broker.delete(*(BROKER_KEY_PREFIX + queue for queue in queues or (COMPLETIONS, RETRIES)))

    def admit(self, name: str, event_id: str) -> Delivery:
        """Take an event up, as a worker does, and return the delivery."""
        delivery = self.ledger.admit(name, event_id).delivery
        assert delivery is not None
        return delivery

    def settle(self, name: str, delivery: Delivery, outcome: Outcome) -> Step:
        """Write down how it ended; what follows is published by nobody."""
        return self.ledger.settle(name, delivery.event_id, delivery.token, outcome, in_place=False)


def in_one_shard(count: int) -> list[str]:
    """Name so many subscribers that live in the same shard."""
    names = (f"crowded-{number}" for number in range(64 * count * 4))
    return [name for name in names if shard_of(name) == 0][:count]


def _read(raw: bytes) -> Waiting:
    subscriber, event_id = json.loads(base64.b64decode(json.loads(raw)["body"]))[0]
    return Waiting(subscriber, event_id, raw)
