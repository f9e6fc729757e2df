"""Sends stored events again for a person: one at a time, the stored bytes, to where the subscription points now.

The pause, the window and the attempts of the lane stay as they are; each event keeps a record of how it ended.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from lessonhook.desk.views.event import EventRecord
from lessonhook.desk.words.outcomes import advice, outcome_words
from lessonhook.ledger import Kind, State

if TYPE_CHECKING:
    from lessonhook.desk.resources import Resources
    from lessonhook.ledger import Outcome, Subscription

#: The longest wait for an endpoint that asked for a pause, because a person waits for the replay.
_LONGEST_WAIT_SECONDS: Final = 60.0
#: After this many failures of a subscriber in a row its other events are skipped, because each may cost a deadline.
FAILURES_IN_A_ROW: Final = 10


class Replayed(StrEnum):
    """How the replay of one event ended."""

    ACCEPTED = "accepted"
    FAILED = "failed"
    #: Nothing was sent.
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """How the replay of one event ended."""

    #: As it was just before it was sent; a skipped one as it was chosen.
    event: EventRecord
    replayed: Replayed
    #: How the POST ended, or why nothing was sent.
    words: str
    #: What may help; None if nothing is known, or `words` says it already.
    advice: str | None = None
    #: The HTTP status; None if no response came.
    status: int | None = None

    def document(self) -> dict[str, Any]:
        """Return the JSON form: that of the event, and how its replay ended."""
        return self.event.document() | {"replayed": self.replayed, "words": self.words, "status": self.status}


class Replayer:
    """Sends events of any subscribers, one after the other. Keep one for a whole replay, because it counts failures."""

    def __init__(self, resources: "Resources", by: str, sleep: Callable[[float], object] = time.sleep) -> None:
        self._resources = resources
        #: Stands in the audit, and in the log of attempts in the place of a worker's name.
        self._by = by
        self._sleep = sleep
        self._failures: dict[str, int] = {}
        #: When the next POST may go to a subscriber, on the monotonic clock.
        self._not_before: dict[str, float] = {}

    def replay(self, chosen: EventRecord) -> ReplayResult:
        """Send one event when its turn comes.

        It is read again right before it is sent, because a worker may have delivered it since it was chosen, or
        somebody may have erased it while it waited for its turn.
        """
        ledger = self._resources.ledger
        subscriber, event_id = chosen.subscriber, chosen.event_id
        if self._failures.get(subscriber, 0) < FAILURES_IN_A_ROW:
            self._wait(subscriber)
        current = ledger.events.get(subscriber, event_id)
        subscription = ledger.subscriptions.get(subscriber)
        body = ledger.events.body(subscriber, event_id)
        if current is None or subscription is None or body is None:
            return _skipped(chosen, "its subscription, its record or its body is gone")
        if not subscription.callback_url:
            return _skipped(chosen, f"{subscriber} fetches its events and has no callback URL")
        event = EventRecord.of(current)
        if reason := self._obstacle(chosen, event):
            return _skipped(chosen, reason)
        outcome = self._resources.post(subscription, event_id, body, backfill=current.backfill)
        self._resources.publish(ledger.replayed(subscriber, event_id, outcome, by=self._by))
        self._learn(subscription, outcome)
        return ReplayResult(
            event=event,
            replayed=Replayed.ACCEPTED if outcome.kind is Kind.ACCEPTED else Replayed.FAILED,
            words=outcome_words(outcome),
            advice=advice(outcome),
            status=outcome.status,
        )

    def _obstacle(self, chosen: EventRecord, current: EventRecord) -> str:
        if chosen.open and current.state is State.DELIVERED:
            return "delivered by a worker meanwhile"
        if self._failures.get(chosen.subscriber, 0) >= FAILURES_IN_A_ROW:
            return f"not tried: {FAILURES_IN_A_ROW} before it failed in a row"
        return current.unsendable

    def _wait(self, subscriber: str) -> None:
        wait = self._not_before.get(subscriber, 0.0) - time.monotonic()
        if wait > 0:
            self._sleep(wait)  # the subscription's pace, or what the endpoint asked for

    def _learn(self, subscription: "Subscription", outcome: "Outcome") -> None:
        """Keep to the subscription's own pace, and to what the endpoint asked for."""
        name = subscription.subscriber
        self._failures[name] = 0 if outcome.kind is Kind.ACCEPTED else self._failures.get(name, 0) + 1
        wait = 1 / subscription.max_per_second if subscription.max_per_second else 0.0
        if outcome.kind is Kind.THROTTLED:
            wait = max(wait, min(outcome.retry_after_seconds or 1.0, _LONGEST_WAIT_SECONDS))
        self._not_before[name] = time.monotonic() + wait


def _skipped(event: EventRecord, reason: str) -> ReplayResult:
    return ReplayResult(event=event, replayed=Replayed.SKIPPED, words=reason)
