"""Our dispatcher of task events: Flower shows why an event waits, and sending costs little."""

import threading
from typing import TYPE_CHECKING, Any, Final

from celery.app.events import Events
from celery.events.dispatcher import EventDispatcher

if TYPE_CHECKING:
    from collections.abc import Callable

#: Task events are collected for this long and sent in one message. In Flower the delay is not visible.
_TOGETHER_SECONDS: Final = 0.05
#: This many collected events are sent at once: about 100 kB.
_TOGETHER_EVENTS: Final = 256
_ENDINGS: Final = frozenset({"task-succeeded", "task-retried", "task-failed"})


class DeliveryDispatcher(EventDispatcher):
    """A dispatcher that leaves an event in the state RETRY while its lane's countdown runs.

    Celery announces the countdown's message as RECEIVED at once, and Flower would no longer show what failed and when
    the next attempt is. This happens below the request, so the request can't prevent it.

    Celery sends the collected events in each turn of its loop, or when there are 24. For a worker that receives one
    event after the other, sending task events was a fifth of all work.
    """

    def __init__(self, *arguments: Any, on_send_buffered: "Callable[[], None] | None" = None, **options: Any) -> None:
        # Celery gives the callback only where it collects events at all.
        soon = self._flush_soon if on_send_buffered else None
        super().__init__(*arguments, on_send_buffered=soon, buffer_limit=_TOGETHER_EVENTS, **options)
        self._due = threading.Lock()
        self._attempts: dict[str, int] = {}

    def tried(self, event_id: str, attempts: int) -> None:
        """Record an event's number of attempts for the next event that Celery sends. Celery would count messages."""
        self._attempts[event_id] = attempts

    def send(self, type: str, *arguments: Any, **fields: Any) -> None:  # noqa: A002 - Celery's name
        """Send an event, except the arrival of a countdown. Of our messages, only countdowns have a time."""
        if type == "task-received" and fields.get("eta"):
            return
        if type in _ENDINGS and (attempts := self._attempts.pop(fields.get("uuid", ""), 0)):
            fields["retries"] = attempts - 1
        super().send(type, *arguments, **fields)

    def _flush_soon(self) -> None:
        """Send the collected events after a moment. Any thread that sends an event calls this."""
        if self._due.acquire(blocking=False):
            timer = threading.Timer(_TOGETHER_SECONDS, self._flush_now)
            timer.daemon = True
            try:
                timer.start()
            except RuntimeError:
                # No thread can be started any more, because the worker ends.
                self._flush_now()

    def _flush_now(self) -> None:
        # Before the flush, so that an event that comes during it starts a timer of its own.
        self._due.release()
        self.flush()


class DeliveryEvents(Events):
    """The `events_cls` of an application whose workers use that dispatcher."""

    dispatcher_cls = DeliveryDispatcher
