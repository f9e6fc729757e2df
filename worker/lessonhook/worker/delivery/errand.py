"""Runs an errand: the POSTs that a person asked for, one after the other, at the pace that the subscription allows."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from lessonhook.ledger import SENDABLE, PaceByHand, publish
from lessonhook.worker.client import Post

if TYPE_CHECKING:
    from lessonhook.ledger import Errand, EventView, Outcome
    from lessonhook.worker.runtime.runtime import Runtime

_log: Final = structlog.get_logger("lessonhook.worker")
#: Few, because a person waits for the result beside a button.
_FAILURES_IN_A_ROW: Final = 3
_GONE: Final = "its subscription, its record or its body is gone"
#: The longest wait that an endpoint may ask for between two POSTs, for the same reason.
_ASKED_WAIT_SECONDS: Final = 10.0
#: All waits of one errand together. It has one of a worker's few threads for errands, and a company could keep them all
#: by a pace of one POST an hour.
_ALL_WAITS_SECONDS: Final = 600.0


class ErrandRun:
    """One run of one errand. The pause, the window and the attempts of the lane stay as they are."""

    def __init__(self, runtime: "Runtime", subscriber: str, errand_id: str) -> None:
        self._runtime = runtime
        self._ledger = runtime.ledger
        self._subscriber = subscriber
        self._errand_id = errand_id
        self._pace = PaceByHand(
            failures_in_a_row=_FAILURES_IN_A_ROW,
            asked_wait_seconds=_ASKED_WAIT_SECONDS,
            all_waits_seconds=_ALL_WAITS_SECONDS,
        )

    def run(self) -> str:
        """Make its POSTs and write down how each ended; return in a few words what was done, for Flower."""
        errand = self._ledger.errands.take(self._subscriber, self._errand_id, worker=self._runtime.hostname)
        if errand is None:
            return "nothing to do: the errand is gone, or another worker has it"
        for number, event_id in enumerate(errand.event_ids):
            outcome, skipped = self._post(errand, event_id)
            self._ledger.errands.ended(errand, number, outcome, skipped=skipped)
            kind = "skipped" if outcome is None else str(outcome.kind)
            _log.info("errand.posted", subscriber=self._subscriber, event_id=event_id, by=errand.by, kind=kind)
        return f"{len(errand.event_ids)} done"

    def _post(self, errand: "Errand", event_id: str) -> "tuple[Outcome | None, str]":
        """Make one POST when its turn comes; return its outcome, or why none was made.

        All is read after the wait: meanwhile the worker may be told to stop, or a person may erase the event.
        """
        self._pace.wait(self._runtime.stopping.wait)
        post = self._prepared(errand, event_id)
        if post is None:
            return None, _GONE
        event = None if errand.sample is not None else self._ledger.events.get(self._subscriber, event_id)
        if reason := self._obstacle(errand, event):
            return None, reason
        began = time.monotonic()
        outcome = self._runtime.client.post(replace(post, backfill=event is not None and event.backfill))
        if errand.sample is not None:
            self._ledger.tries.note(post.subscription, outcome)
        else:
            step = self._ledger.replayed(self._subscriber, event_id, outcome, by=errand.by)
            publish(self._runtime.app, step, ledger=self._ledger)
        self._pace.learn(post.subscription, outcome, began)
        return outcome, ""

    def _prepared(self, errand: "Errand", event_id: str) -> Post | None:
        """Return what is to be sent, None if a part of it is gone.

        No frame has the body by itself: Celery logs an error of Redis with its frames, and a reporter keeps them.
        """
        subscription = self._ledger.subscriptions.get(self._subscriber)
        if subscription is None:
            return None
        body = errand.sample or self._ledger.events.body(self._subscriber, event_id)
        return None if body is None else Post(event_id=event_id, subscription=subscription, body=body)

    def _obstacle(self, errand: "Errand", event: "EventView | None") -> str:
        if self._runtime.stopping.is_set():
            return "the worker was stopped"
        if refusal := self._pace.refusal:
            return refusal
        if errand.sample is not None:
            return ""
        if event is None:
            return _GONE
        return "" if event.state in SENDABLE else f"it is {event.state}"
