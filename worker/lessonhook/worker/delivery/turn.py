"""One task's turn in its lane: POST what the ledger hands out, settle it, go on in place, publish what was released.

Nothing is decided here. The ledger decides; a turn carries it out, and reports what happened. It runs on the event
loop: each `await` is a place where others go on, and whatever may block goes to a helper thread.
"""

import asyncio
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog
from redis.exceptions import RedisError

from lessonhook.config import code_of, shortage_in
from lessonhook.ledger import Kind, Outcome, Reason, Undecipherable, may_fill_lists, publish, publish_on_loop
from lessonhook.worker.client import Post, not_started
from lessonhook.worker.delivery.outcome_log import log_notices, log_outcome
from lessonhook.worker.delivery.post_span import posting
from lessonhook.worker.delivery.task_events import TaskEvents
from lessonhook.worker.delivery.task_result import UNSETTLED, TaskResult

if TYPE_CHECKING:
    from lessonhook.ledger import Delivery, Step
    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: Between two tries to settle while Redis does not reply: as long as the lease lasts, the outcome is worth keeping.
_SETTLE_AGAIN_SECONDS: Final = 0.5


class Turn:
    """The turn of the task that carries `event_id`. Another event of the lane may be sent in its stead, or none."""

    def __init__(self, runtime: "Runtime", subscriber: str, event_id: str, *, is_first: bool) -> None:
        self._runtime = runtime
        self._settings = runtime.app.settings
        self._subscriber = subscriber
        self._event_id = event_id
        #: Whether the message is a fresh event's. All else gives way to those, also what is delivered in place.
        self._is_first = is_first
        self._events = TaskEvents(runtime, subscriber)
        self._result: TaskResult | None = None
        #: When it began, on the monotonic clock.
        self._began = 0.0

    async def take(self, wake_ms: int | None) -> TaskResult:
        """Go on until the lane has nothing more to do now, or its time is over; return how the task's event ended."""
        if self._is_first:
            # Ten thousand subscribers that are resumed at once must not stand before it.
            self._runtime.lower_queue.give_way()
        slots = self._runtime.slots
        with nullcontext() if wake_ms is None else slots.waiting_after_countdown():
            async with self._place(is_urgent=self._is_first, concludes=False):
                self._began = time.monotonic()
                step = await self._admit(wake_ms)
        if step is None:
            return UNSETTLED
        with slots.turn():
            return await self._go_on(step)

    def _place(self, *, is_urgent: bool, concludes: bool) -> AbstractAsyncContextManager[None]:
        """Return the wait for a place to ask the ledger in; what is urgent waits for none."""
        return nullcontext() if is_urgent else self._runtime.lower_queue.place(concludes=concludes)

    async def _admit(self, wake_ms: int | None) -> "Step | None":
        """Ask the ledger what the message is for; return None if it does not reply."""
        self._runtime.vitals.task_taken(self._began)
        try:
            transitions = await self._runtime.transitions()
            return await transitions.admit(self._subscriber, self._event_id, wake_ms=wake_ms)
        except RedisError as error:
            _log.warning(
                "delivery.deferred", subscriber=self._subscriber, event_id=self._event_id, error=code_of(error)
            )
            self._runtime.deferred.note(self._subscriber, self._event_id)
            return None

    async def _go_on(self, step: "Step") -> TaskResult:
        asked = self._began
        await self._carry_out(step)
        while delivery := step.delivery:
            settled = await self._deliver(delivery, asked + delivery.wait_seconds + delivery.lease_seconds)
            if settled is None:
                return UNSETTLED if delivery.event_id == self._event_id else await self._ended()
            asked, step = settled
        return await self._ended()

    async def _ended(self) -> TaskResult:
        """Return how the task's own event ended; if others were sent in its stead, what became of it meanwhile."""
        if self._result:
            return self._result
        try:
            event = await self._runtime.helpers.run(self._runtime.ledger.events.get, self._subscriber, self._event_id)
            return TaskResult.from_event(event)
        except RedisError:
            return UNSETTLED

    async def _deliver(self, delivery: "Delivery", lease_end: float) -> "tuple[float, Step] | None":
        """POST one event and do what follows. Return when the ledger was asked and its step; None without a step."""
        if delivery.event_id != self._event_id:
            self._events.started(delivery.event_id)
        if delivery.wait_seconds:
            # Its share of max_per_second: within the slot, at most a second, and not on top of what was done since.
            await asyncio.sleep(max(0.0, lease_end - delivery.lease_seconds - time.monotonic()))
        try:
            outcome = await self._post(delivery, lease_end)
        except (OSError, MemoryError) as error:
            if not (lacking := shortage_in(error)):
                raise
            outcome = not_started(lacking)
        return await self._conclude(delivery, outcome, lease_end)

    async def _conclude(self, delivery: "Delivery", outcome: Outcome, lease_end: float) -> "tuple[float, Step] | None":
        """Settle an event that was posted, report how it ended, and carry out the ledger's step."""
        settled = await self._settle(delivery, outcome, lease_end)
        if settled is None:
            return None
        step = settled[1]
        # The acceptance of a stale lease ends in whatever state its event was moved to meanwhile.
        attempt = self._settings.attempts if outcome.kind is Kind.GONE else delivery.attempt
        result = TaskResult.from_attempt(step, outcome, attempt, self._settings.attempts)
        log_outcome(step, delivery, outcome)
        self._runtime.metrics.settled(delivery, outcome, step)
        if delivery.event_id == self._event_id:
            self._result = result
            self._events.tried(delivery.event_id, attempt)
        else:
            self._events.ended(delivery.event_id, result, outcome.seconds, attempt)
        await self._carry_out(step)
        return settled

    async def _post(self, delivery: "Delivery", lease_end: float) -> Outcome:
        post = await self._opened(delivery)
        if isinstance(post, Outcome):
            return post
        # A worker that was frozen must not POST any more: another may have this event, and the next one.
        if lease_end - time.monotonic() <= self._runtime.client.longest_seconds:
            return not_started("too little was left of its lease")
        pace = self._runtime.slots.pace_of(self._subscriber, delivery.last_seconds)
        if not self._runtime.slots.has_room_for(pace):
            again_after = self._runtime.slots.room_after_seconds()
            return not_started("too many POSTs to slow endpoints wait", again_after=again_after)
        with posting(self._subscriber, delivery, post.subscription.callback_url) as span:
            traceparent = span.traceparent if self._settings.send_traceparent else ""
            with self._runtime.slots.occupied_by(self._subscriber, pace) as visit:
                outcome = await self._runtime.client.attempt(replace(post, traceparent=traceparent))
                visit.has_posted = outcome.kind is not Kind.NOT_STARTED
            span.end(outcome)
        return outcome

    async def _opened(self, delivery: "Delivery") -> Post | Outcome:
        """Return what is to be sent; or the outcome, if the subscription or the body cannot be read.

        Without a key that new values are sealed with, this worker is the fault and gives the event back. With all of
        them, a body that cannot be read is damaged or very old: it counts as a crash over this event, and is set aside
        in the end. A subscription that cannot be read holds its lane, because each of its events would be the same.
        No frame has the body by itself, because an error reporter keeps the frames of a crash.
        """
        ledger = self._runtime.ledger
        try:
            subscription = ledger.subscriptions.open(self._subscriber, delivery.subscription)
        except Undecipherable as error:
            await self._report_undecipherable(delivery, error)
            return not_started("no key of this worker opens its subscription")
        try:
            return Post(
                event_id=delivery.event_id,
                subscription=subscription,
                body=ledger.events.open_body(self._subscriber, delivery.event_id, delivery.body),
                backfill=delivery.backfill,
            )
        except Undecipherable as error:
            if await self._report_undecipherable(delivery, error):
                return not_started("this worker lacks the key that it was sealed with")
            return Outcome(kind=Kind.CRASHED, reason=Reason.CRASH, detail="its body cannot be read")

    async def _report_undecipherable(self, delivery: "Delivery", error: Undecipherable) -> bool:
        """Log the error. Return whether this worker lacks a key that is in use; it then takes no more messages."""
        _log.error("delivery.undecipherable", subscriber=self._subscriber, event_id=delivery.event_id, error=str(error))
        try:
            return await self._runtime.helpers.run(self._runtime.key_watch.check)
        except RedisError:
            return True

    async def _settle(self, delivery: "Delivery", outcome: Outcome, lease_end: float) -> "tuple[float, Step] | None":
        is_urgent = self._is_first and outcome.kind is Kind.ACCEPTED and delivery.event_id == self._event_id
        while True:
            try:
                async with self._place(is_urgent=is_urgent, concludes=True):
                    asked = time.monotonic()
                    transitions = await self._runtime.transitions()
                    step = await transitions.settle(
                        self._subscriber,
                        delivery.event_id,
                        delivery.token,
                        outcome,
                        in_place=not self._runtime.stopping.is_set()
                        and self._runtime.slots.may_go_on(asked - self._began, self._settings.drain_seconds),
                        may_pause=not self._runtime.vitals.mass_failure,
                        worker=self._runtime.hostname,
                    )
            except RedisError as error:
                if time.monotonic() + _SETTLE_AGAIN_SECONDS >= lease_end:
                    _log.error(
                        "delivery.unsettled",
                        subscriber=self._subscriber,
                        event_id=delivery.event_id,
                        outcome=str(outcome),
                        error=code_of(error),
                    )
                    return None
                # Redis is away: nothing tells when it is back.
                await asyncio.sleep(_SETTLE_AGAIN_SECONDS)
            else:
                return asked, step

    async def _carry_out(self, step: "Step") -> None:
        """Announce what changed, and publish what was released, a countdown to the next attempt among it."""
        if step.notices:
            self._runtime.metrics.noticed(step)
            # Receivers are somebody else's code.
            await self._runtime.helpers.run(log_notices, step)
        if not step.publish and not step.wakes:
            return
        if may_fill_lists(self._runtime.app):
            await publish_on_loop(await self._runtime.transitions(), step)
        else:
            await self._runtime.helpers.run(lambda: publish(self._runtime.app, step, ledger=self._runtime.ledger))
