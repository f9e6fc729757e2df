"""A ledger in memory: it answers what the real one answers to a producer, as long as nothing is delivered."""

import threading
import time
from typing import NamedTuple

from redis.exceptions import TimeoutError as RedisTimeoutError

from lessonhook.ledger import Recorded, State, Step, Subscription


class Entry(NamedTuple):
    """An event as it was recorded."""

    subscriber: str
    event_id: str
    body: bytes
    #: As it was when the event was recorded; what is delivered later goes by the one of that time.
    subscription: Subscription


class MemoryLedger:
    """What of `Ledger` a producer uses. Threads may share it."""

    def __init__(self) -> None:
        #: Whether to fail as a Redis does that does not answer.
        self.down = False
        self.entries: dict[tuple[str, str], Entry] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._lock = threading.Lock()

    def record(
        self,
        subscriber: str,
        event_id: str,
        *,
        body: bytes,
        learner: str,
        lesson: str,
        completed_at: int,
        rendering: str = "",
        traceparent: str = "",
    ) -> Step:
        """Keep an event, with the answers of `Ledger.record` in the order in which that decides."""
        del learner, lesson, completed_at, traceparent
        self._reach()
        with self._lock:
            subscription = self._subscriptions.get(subscriber)
            if subscription is None:
                return _step(subscriber, Recorded.NO_SUBSCRIPTION)
            if (subscriber, event_id) in self.entries:
                return _step(subscriber, Recorded.DUPLICATE, State.QUEUED)
            if rendering != subscription.rendering:
                return _step(subscriber, rendering=subscription.rendering)
            self.entries[subscriber, event_id] = Entry(subscriber, event_id, body, subscription)
            return _step(subscriber, Recorded.QUEUED, State.QUEUED)

    def put_subscription(self, subscription: Subscription) -> Step:
        """Save a subscription, by way of the document that Redis would keep of it."""
        self._reach()
        kept = Subscription.from_document(subscription.to_document())
        with self._lock:
            self._subscriptions[kept.subscriber] = kept
        return _step(kept.subscriber)

    def subscription(self, subscriber: str) -> Subscription | None:
        """Answer a subscription, credentials included."""
        self._reach()
        return self._subscriptions.get(subscriber)

    def subscribers(self) -> list[str]:
        """Name every subscriber, sorted."""
        self._reach()
        return sorted(self._subscriptions)

    def unsubscribe(self, subscriber: str) -> bool:
        """Remove a subscription and answer whether there was one."""
        self._reach()
        with self._lock:
            return self._subscriptions.pop(subscriber, None) is not None

    def _reach(self) -> None:
        if self.down:
            raise RedisTimeoutError("a test's")


def _step(
    subscriber: str, recorded: Recorded | None = None, state: State | None = None, *, rendering: str | None = None
) -> Step:
    now_ms = round(time.time() * 1000)
    return Step(
        subscriber=subscriber,
        state=state,
        attempts=0,
        due_ms=0,
        now_ms=now_ms,
        recorded=recorded,
        rendering=rendering,
    )
