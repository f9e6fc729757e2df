"""Sends stored events again, by a person's wish: one at a time, the stored bytes, to where the subscription points now.

The pause, the window and the attempts of the lane stay as they are; what came of it is written down with each event.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lessonhook.ledger import Events, EventView, Kind, Outcome, State, publish
from lessonhook.producer import Producer, Subscription
from lessonhook.worker.client import Client, Post

#: Longer than this nobody waits at a prompt for an endpoint that asked for a pause.
_LONGEST_WAIT_SECONDS: Final = 60.0
#: Of a failing endpoint, before the rest is left for later: each may cost a whole deadline.
FAILURES_IN_A_ROW: Final = 10
#: Begins, in the log of attempts, the name of who sent an event again.
REPLAY: Final = "replay by"
_ON_ITS_WAY: Final = frozenset({State.QUEUED, State.DELIVERING})


class Replayed(StrEnum):
    """What became of an event that was to be sent again."""

    ACCEPTED = "accepted"
    FAILED = "failed"
    #: Nothing was sent; `Result.words` says why.
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One event's."""

    event: EventView
    replayed: Replayed
    #: Why nothing was sent; empty if something was.
    why: str = ""
    outcome: Outcome | None = None


class Replayer:
    """Sends events of any subscribers, one after the other; keep one for a whole replay."""

    def __init__(
        self, producer: Producer, client: Client, by: str, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._producer = producer
        self._ledger = producer.ledger
        self._events = Events(producer.ledger)
        self._client = client
        #: Who sends; it stands where a worker's name stands in the log of attempts.
        self._by = by
        self._sleep = sleep
        self._failures: dict[str, int] = {}
        #: When the next POST may go to a subscriber, on the monotonic clock.
        self._not_before: dict[str, float] = {}

    def replay(self, event: EventView) -> Result:
        """Send one event, looked at anew: a worker may have taken it since it was chosen."""
        subscriber, event_id = event.subscriber, event.event_id
        now = self._events.get(subscriber, event_id)
        subscription = self._ledger.subscription(subscriber)
        body = self._events.body(subscriber, event_id)
        if now is None or subscription is None or body is None:
            return _skipped(event, "its subscription, its record or its body is gone")
        if why := self._why_not(event, now):
            return _skipped(event, why)
        self._wait(subscriber)
        outcome = self._client.post(Post(event_id=event_id, subscription=subscription, body=body))
        step = self._ledger.replayed(subscriber, event_id, outcome, by=self._by)
        publish(self._producer.app, step)
        self._learn(subscription, outcome)
        accepted = outcome.kind is Kind.ACCEPTED
        return Result(event=now, replayed=Replayed.ACCEPTED if accepted else Replayed.FAILED, outcome=outcome)

    def _why_not(self, chosen: EventView, now: EventView) -> str:
        if chosen.open and now.state is State.DELIVERED:
            return "delivered by a worker meanwhile"
        if self._failures.get(chosen.subscriber, 0) >= FAILURES_IN_A_ROW:
            return f"not tried: {FAILURES_IN_A_ROW} before it failed in a row"
        return unsendable(now)

    def _wait(self, subscriber: str) -> None:
        wait = self._not_before.get(subscriber, 0.0) - time.monotonic()
        if wait > 0:
            self._sleep(wait)

    def _learn(self, subscription: Subscription, outcome: Outcome) -> None:
        """Keep to the subscription's own pace and to what the endpoint asked for."""
        name = subscription.subscriber
        self._failures[name] = 0 if outcome.kind is Kind.ACCEPTED else self._failures.get(name, 0) + 1
        wait = 1 / subscription.max_per_second if subscription.max_per_second else 0.0
        if outcome.kind is Kind.THROTTLED:
            wait = max(wait, min(outcome.retry_after_seconds or 1.0, _LONGEST_WAIT_SECONDS))
        self._not_before[name] = time.monotonic() + wait


def _skipped(event: EventView, why: str) -> Result:
    return Result(event=event, replayed=Replayed.SKIPPED, why=why)


def unsendable(event: EventView) -> str:
    """Say why an event in its state can't be sent again; empty if it can."""
    if event.state in _ON_ITS_WAY:
        return f"{event.state}: a worker is about to send it"
    if event.state in {State.ERASED, State.EXPIRED}:
        return f"{event.state}: nothing of it is left to send"
    return ""
