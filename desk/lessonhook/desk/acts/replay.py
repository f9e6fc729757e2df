"""Sends stored events again for a person: one at a time, the stored bytes, to where the subscription points now.

The pause, the window and the attempts of the lane stay as they are; each event keeps a record of how it ended.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from lessonhook.desk.views.event import EventRecord
from lessonhook.desk.words.outcomes import advice, outcome_words
from lessonhook.ledger import Kind, PaceByHand, State

if TYPE_CHECKING:
    from lessonhook.desk.resources import Resources

#: The longest wait that an endpoint may ask for between two POSTs. The person has started a long run, and can end it.
_ASKED_WAIT_SECONDS: Final = 60.0
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
        #: Of each subscriber.
        self._paces: dict[str, PaceByHand] = defaultdict(_pace)

    def replay(self, chosen: EventRecord) -> ReplayResult:
        """Send one event when its turn comes.

        It is read again right before it is sent, because a worker may have delivered it since it was chosen, or
        somebody may have erased it while it waited for its turn.
        """
        ledger = self._resources.ledger
        subscriber, event_id = chosen.subscriber, chosen.event_id
        pace = self._paces[subscriber]
        # The subscription's pace, or what the endpoint asked for.
        pace.wait(self._sleep)
        current = ledger.events.get(subscriber, event_id)
        subscription = ledger.subscriptions.get(subscriber)
        body = ledger.events.body(subscriber, event_id)
        if current is None or subscription is None or body is None:
            return _skipped(chosen, "its subscription, its record or its body is gone")
        if not subscription.callback_url:
            return _skipped(chosen, f"{subscriber} fetches its events and has no callback URL")
        event = EventRecord.of(current)
        if reason := _obstacle(chosen, event, pace):
            return _skipped(chosen, reason)
        began = time.monotonic()
        outcome = self._resources.post(subscription, event_id, body, backfill=current.backfill)
        self._resources.publish(ledger.replayed(subscriber, event_id, outcome, by=self._by))
        pace.learn(subscription, outcome, began)
        return ReplayResult(
            event=event,
            replayed=Replayed.ACCEPTED if outcome.kind is Kind.ACCEPTED else Replayed.FAILED,
            words=outcome_words(outcome),
            advice=advice(outcome),
            status=outcome.status,
        )


def _pace() -> PaceByHand:
    return PaceByHand(failures_in_a_row=FAILURES_IN_A_ROW, asked_wait_seconds=_ASKED_WAIT_SECONDS)


def _obstacle(chosen: EventRecord, current: EventRecord, pace: PaceByHand) -> str:
    if chosen.open and current.state is State.DELIVERED:
        return "delivered by a worker meanwhile"
    return pace.refusal or current.unsendable


def _skipped(event: EventRecord, reason: str) -> ReplayResult:
    return ReplayResult(event=event, replayed=Replayed.SKIPPED, words=reason)
