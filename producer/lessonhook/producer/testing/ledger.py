"""A ledger in memory. It replies to a producer as the real one does while nothing is delivered."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from redis.exceptions import TimeoutError as RedisTimeoutError

from lessonhook.ledger import (
    Act,
    FreshEvent,
    ListMessage,
    Recorded,
    State,
    Step,
    Subscription,
    SubscriptionView,
    Together,
)
from lessonhook.ledger.subscriptions import Network, refuse_private_address


class Entry(NamedTuple):
    """One event, as it was recorded."""

    subscriber: str
    event_id: str
    body: bytes
    #: The subscription when the event was recorded. In production the worker uses the one at the time of each POST.
    subscription: Subscription
    #: Whether it tells the past.
    backfill: bool = False


class MemorySubscriptions:
    """What a producer uses of `Ledger.subscriptions`."""

    def __init__(self, ledger: "MemoryLedger", allowed_networks: tuple[Network, ...]) -> None:
        self._ledger = ledger
        self._allowed_networks = allowed_networks
        self._saved: dict[str, Subscription] = {}

    def get(self, subscriber: str) -> Subscription | None:
        """Return a subscription, credentials included."""
        self._ledger.reach()
        return self._saved.get(subscriber)

    def view(self, subscriber: str) -> SubscriptionView | None:
        """Return the part of a subscription that may be shown. No dates are kept."""
        subscription = self.get(subscriber)
        return subscription.view() if subscription else None

    def views(self) -> Iterator[SubscriptionView]:
        """Yield the view of every subscription, in the order of the subscribers' names."""
        self._ledger.reach()
        for subscription in sorted(self._saved.values(), key=lambda subscription: subscription.subscriber):
            yield subscription.view()

    def put(self, subscription: Subscription, *, by: str = "", act: Act = Act.PUT, changed: str = "") -> Step:
        """Save a subscription by the document that Redis would store. No audit is kept."""
        refuse_private_address(subscription.callback_url, self._allowed_networks)
        return self._save(subscription, by=by, act=act, changed=changed)

    def _save(self, subscription: Subscription, *, by: str, act: Act, changed: str) -> Step:
        del by, act, changed
        self._ledger.reach()
        kept = Subscription.from_document(subscription.to_document())
        with self._ledger.lock:
            self._saved[kept.subscriber] = kept
        return _step(kept.subscriber)

    def change(
        self, subscriber: str, change: Callable[[Subscription], Subscription], *, by: str, act: Act, changed: str
    ) -> tuple[Subscription, Step] | None:
        """Read, change and save a subscription; return None if there is none."""
        saved = self.get(subscriber)
        if saved is None:
            return None
        subscription = change(saved)
        if subscription.callback_url != saved.callback_url:
            refuse_private_address(subscription.callback_url, self._allowed_networks)
        return subscription, self._save(subscription, by=by, act=act, changed=changed)

    def remove(self, subscriber: str, *, by: str = "") -> bool:
        """Remove a subscription and return whether there was one."""
        del by
        self._ledger.reach()
        with self._ledger.lock:
            return self._saved.pop(subscriber, None) is not None


class MemorySealingKeys:
    """What a producer uses of `Ledger.sealing_keys`. Nothing is sealed here, so there is no key to announce."""

    is_due = False

    def announce(self) -> None:
        """Do nothing."""


class MemoryLoop:
    """What a producer uses of `LoopTransitions`."""

    def __init__(self, ledger: "MemoryLedger") -> None:
        self._ledger = ledger

    async def rendering_of(self, subscriber: str) -> str:
        """Return the options that a subscriber's bodies are rendered for."""
        subscription = self._ledger.subscriptions.get(subscriber)
        return subscription.rendering if subscription else ""

    async def record(
        self, subscriber: str, event: FreshEvent, *, rendering: str, traceparent: str, message: ListMessage | None
    ) -> Step:
        """Keep an event, as the ledger does."""
        return self._ledger.record(
            subscriber, **event._asdict(), rendering=rendering, traceparent=traceparent, message=message
        )

    async def record_many(
        self,
        subscriber: str,
        events: Sequence[FreshEvent],
        *,
        rendering: str,
        traceparent: str,
        backfill: bool = False,
    ) -> tuple[Step, tuple[Recorded, ...]]:
        """Keep events, as the ledger does."""
        return self._ledger.record_many(
            subscriber, events, rendering=rendering, traceparent=traceparent, backfill=backfill
        )

    async def close(self) -> None:
        """Do nothing."""


class MemoryLedger:
    """The part of `Ledger` that a producer uses. Threads may share it."""

    def __init__(self, allowed_networks: tuple[Network, ...] = ()) -> None:
        #: Whether each call fails as it does when Redis does not reply.
        self.down = False
        self.entries: dict[tuple[str, str], Entry] = {}
        #: How many completions of a subscriber came while it had no subscription.
        self.unsubscribed: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.subscriptions = MemorySubscriptions(self, allowed_networks)
        self.sealing_keys = MemorySealingKeys()

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
        message: ListMessage | None = None,
    ) -> Step:
        """Keep an event; decide in the same order as `Ledger.record`, with the same results."""
        del learner, lesson, completed_at, traceparent, message
        return self._keep(subscriber, event_id, body, rendering, backfill=False)

    def _keep(self, subscriber: str, event_id: str, body: bytes, rendering: str, *, backfill: bool) -> Step:
        with self.lock:
            subscription = self.subscriptions.get(subscriber)
            if subscription is None:
                self.unsubscribed[subscriber] += 1
                return _step(subscriber, Recorded.NO_SUBSCRIPTION)
            if (subscriber, event_id) in self.entries:
                return _step(subscriber, Recorded.DUPLICATE, State.QUEUED)
            if rendering != subscription.rendering:
                return _step(subscriber, rendering=subscription.rendering)
            self.entries[subscriber, event_id] = Entry(subscriber, event_id, body, subscription, backfill)
            return _step(subscriber, Recorded.QUEUED, State.QUEUED)

    def record_many(
        self,
        subscriber: str,
        events: Sequence[FreshEvent],
        *,
        rendering: str = "",
        traceparent: str = "",
        backfill: bool = False,
    ) -> tuple[Step, tuple[Recorded, ...]]:
        """Keep events, each as `record` does, or none if their bodies were rendered for other options."""
        subscription = self.subscriptions.get(subscriber)
        if subscription is not None and rendering != subscription.rendering:
            return _step(subscriber, rendering=subscription.rendering), ()
        steps = [self._keep(subscriber, event.event_id, event.body, rendering, backfill=backfill) for event in events]
        del traceparent
        return _step(subscriber), tuple(step.recorded for step in steps if step.recorded is not None)

    def record_each(self, all_events: Iterable[Together]) -> Iterator[tuple[Step, tuple[Recorded, ...]]]:
        """Keep events, as `record_many` does."""
        for subscriber, events, rendering, traceparent, backfill in all_events:
            yield self.record_many(subscriber, events, rendering=rendering, traceparent=traceparent, backfill=backfill)

    def on_loop(self, *, timeout_seconds: float) -> MemoryLoop:
        """Return the same for coroutines."""
        del timeout_seconds
        return MemoryLoop(self)

    def reach(self) -> None:
        """Raise what a Redis that does not respond raises, if the test wants it so."""
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
