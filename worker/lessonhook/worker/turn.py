"""One task's turn in its lane: post what the ledger hands out, settle it, go on in place, publish what was released.

Nothing is decided here. The ledger decides; this carries it out, and says what happened.
"""

import time
from typing import TYPE_CHECKING, Any, Final

import structlog
from celery.exceptions import Reject
from redis.exceptions import RedisError

from lessonhook.config import RETRIES
from lessonhook.ledger import QUEUED_HEADER, WAKE_HEADER, Events, Kind, Outcome, Undecipherable, publish
from lessonhook.worker.client import Post
from lessonhook.worker.ending import UNSETTLED, Ending, attempted, found
from lessonhook.worker.outcome_log import log_notices, log_outcome
from lessonhook.worker.task_events import TaskEvents
from lessonhook.worker.tracing import posting

if TYPE_CHECKING:
    from lessonhook.ledger import Delivery, Step
    from lessonhook.worker.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: Between two tries to settle while Redis does not answer: as long as the lease lasts, the outcome is worth keeping.
_SETTLE_AGAIN_SECONDS: Final = 0.5


class Turn:
    """The turn of the task that carries `event_id`. Another event of the lane may go in its stead, or none."""

    def __init__(self, runtime: "Runtime", task: Any, subscriber: str, event_id: str) -> None:
        self._runtime = runtime
        self._settings = runtime.app.settings
        self._task = task
        self._subscriber = subscriber
        self._event_id = event_id
        self._events = TaskEvents(runtime, subscriber)
        self._ending: Ending | None = None

    def take(self, wake_ms: int | None) -> Ending:
        """Go until the lane has nothing more to do now, or its time is over; answer how the task's own event ended."""
        until = time.monotonic() + self._settings.drain_seconds
        asked = self._runtime.last_taken = time.monotonic()
        try:
            step = self._runtime.ledger.admit(self._subscriber, self._event_id, wake_ms=wake_ms)
        except RedisError as error:
            _log.warning(
                "delivery.deferred", subscriber=self._subscriber, event_id=self._event_id, error=type(error).__name__
            )
            return UNSETTLED
        self._carry_out(step, None)
        while delivery := step.delivery:
            settled = self._deliver(delivery, asked + delivery.wait_seconds + delivery.lease_seconds, until)
            if settled is None:
                return UNSETTLED if delivery.event_id == self._event_id else self._ended()
            asked, step = settled
        return self._ended()

    def _ended(self) -> Ending:
        """Say how the task's own event ended; if others were posted in its stead, what became of it meanwhile."""
        if self._ending:
            return self._ending
        try:
            return found(Events(self._runtime.ledger).get(self._subscriber, self._event_id))
        except RedisError:
            return UNSETTLED

    def _deliver(self, delivery: "Delivery", lease_end: float, until: float) -> "tuple[float, Step] | None":
        """Post one event and see to what follows; answer when the ledger was asked and its answer, None without one."""
        if delivery.event_id != self._event_id:
            self._events.started(delivery.event_id)
        if delivery.wait_seconds:
            # Its share of max_per_second: within the slot, at most a second, and not on top of what was done since.
            time.sleep(max(0.0, lease_end - delivery.lease_seconds - time.monotonic()))
        outcome = self._post(delivery, lease_end)
        if outcome is None:
            return None
        in_place = delivery.event_id != self._event_id
        turnstile = self._runtime.turnstiles.of(
            self._subscriber, accepted=outcome.kind is Kind.ACCEPTED, in_place=in_place
        )
        with turnstile.passing():
            return self._conclude(delivery, outcome, lease_end, until)

    def _conclude(
        self, delivery: "Delivery", outcome: Outcome, lease_end: float, until: float
    ) -> "tuple[float, Step] | None":
        """Settle an event that was posted, say how it ended, and carry out what the ledger answers."""
        settled = self._settle(delivery, outcome, lease_end, until)
        if settled is None:
            return None
        step = settled[1]
        # The acceptance of a stale lease ends in whatever state its event was moved to meanwhile.
        attempt = self._settings.attempts if outcome.kind is Kind.GONE else delivery.attempt
        ending = attempted(step, outcome, attempt, self._settings.attempts)
        log_outcome(step, delivery, outcome)
        self._runtime.metrics.attempted(delivery, outcome, step)
        if delivery.event_id == self._event_id:
            self._ending = ending
            self._events.tried(delivery.event_id, attempt)
        else:
            self._events.ended(delivery.event_id, ending, outcome.seconds, attempt)
        self._carry_out(step, delivery)
        return settled

    def _post(self, delivery: "Delivery", lease_end: float) -> Outcome | None:
        facts = {"subscriber": self._subscriber, "event_id": delivery.event_id}
        try:
            subscription = self._runtime.ledger.open_subscription(delivery.subscription)
            body = self._runtime.ledger.vault.open(delivery.body)
        except Undecipherable as error:
            _log.error("delivery.undecipherable", **facts, error=str(error))
            return None
        # A worker that was frozen must not post any more: another may have this event, and the next one.
        if lease_end - time.monotonic() <= self._runtime.client.longest_seconds:
            _log.warning("delivery.dropped", **facts, why="too little is left of its lease")
            return None
        with posting(self._subscriber, delivery, subscription.callback_url) as span:
            traceparent = span.traceparent if self._settings.send_traceparent else ""
            outcome = self._runtime.client.post(
                Post(event_id=delivery.event_id, subscription=subscription, body=body, traceparent=traceparent)
            )
            span.end(outcome)
        return outcome

    def _settle(
        self, delivery: "Delivery", outcome: Outcome, lease_end: float, until: float
    ) -> "tuple[float, Step] | None":
        while True:
            asked = time.monotonic()
            try:
                step = self._runtime.ledger.settle(
                    self._subscriber,
                    delivery.event_id,
                    delivery.token,
                    outcome,
                    in_place=asked < until and not self._runtime.stopping.is_set(),
                    may_pause=not self._runtime.mass_failure,
                    worker=self._runtime.hostname,
                )
            except RedisError as error:
                if time.monotonic() + _SETTLE_AGAIN_SECONDS >= lease_end:
                    _log.error(
                        "delivery.unsettled",
                        subscriber=self._subscriber,
                        event_id=delivery.event_id,
                        outcome=str(outcome),
                        error=type(error).__name__,
                    )
                    return None
                time.sleep(_SETTLE_AGAIN_SECONDS)  # Redis is away: nothing tells when it is back
            else:
                return asked, step

    def _carry_out(self, step: "Step", posted: "Delivery | None") -> None:
        """Tell what changed, and publish what was released.

        The countdown of the task's own event, if that is the lane's, is its retry.
        """
        log_notices(step)
        self._runtime.metrics.noticed(step)
        own_wake = next(
            (wake for wake in step.wakes if posted and posted.event_id == wake.event_id == self._event_id), None
        )
        publish(self._runtime.app, step, without=own_wake)
        if own_wake is None:
            return
        try:
            self._task.retry(
                countdown=own_wake.delay_seconds,
                queue=RETRIES,
                headers={QUEUED_HEADER: step.now_ms, WAKE_HEADER: own_wake.wake_ms},
                throw=False,
            )
        except Reject:
            # Its publish failed, and Celery would drop the message: the ledger has the retry, and the sweep finds it.
            _log.warning("publish.deferred", subscriber=self._subscriber, event_id=self._event_id)
