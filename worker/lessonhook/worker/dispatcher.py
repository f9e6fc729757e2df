"""Which task events a worker sends, and how: so that Flower tells why an event waits, and costs little."""

import threading
from typing import TYPE_CHECKING, Any, Final

from celery.app.events import Events
from celery.events.dispatcher import EventDispatcher

if TYPE_CHECKING:
    from collections.abc import Callable

#: So long task events are collected, to be sent in one message: nobody sees it in Flower.
_TOGETHER_SECONDS: Final = 0.05
#: Then they are sent at once: about 100 kB.
_TOGETHER_EVENTS: Final = 256
_ENDINGS: Final = frozenset({"task-succeeded", "task-retried", "task-failed"})


class DeliveryDispatcher(EventDispatcher):
    """A dispatcher that leaves an event in the state RETRY while its lane's countdown runs.

    Celery announces the countdown's message as RECEIVED at once, and Flower would no longer say what failed and when
    the next attempt is. It does so below the request, which therefore can't keep it from doing so.

    Celery sends what it has collected each time that its loop turns, or at 24 of them: of a worker that is handed one
    event after the other, sending task events was a fifth of all work.
    """

    def __init__(self, *arguments: Any, on_send_buffered: "Callable[[], None] | None" = None, **options: Any) -> None:
        # Celery gives the callback only where it collects events at all.
        soon = self._flush_soon if on_send_buffered else None
        super().__init__(*arguments, on_send_buffered=soon, buffer_limit=_TOGETHER_EVENTS, **options)
        self._due = threading.Lock()
        self._attempts: dict[str, int] = {}

    def tried(self, event_id: str, attempts: int) -> None:
        """Note how often an event was tried, for what Celery sends next of its task: Celery would count messages."""
        self._attempts[event_id] = attempts

    def send(self, type: str, *arguments: Any, **fields: Any) -> None:  # noqa: A002 - Celery's name
        """Send an event, but for the arrival of a countdown: of our messages, only those have a time of their own."""
        if type == "task-received" and fields.get("eta"):
            return
        if type in _ENDINGS and (attempts := self._attempts.pop(fields.get("uuid", ""), 0)):
            fields["retries"] = attempts - 1
        super().send(type, *arguments, **fields)

    def _flush_soon(self) -> None:
        """Have what is collected sent in a moment; told of each event, by whichever thread sends it."""
        if self._due.acquire(blocking=False):
            timer = threading.Timer(_TOGETHER_SECONDS, self._flush_now)
            timer.daemon = True
            try:
                timer.start()
            except RuntimeError:
                # No thread is to be had any more: the worker ends.
                self._flush_now()

    def _flush_now(self) -> None:
        # Before the flush: an event that comes during it has a moment of its own.
        self._due.release()
        self.flush()


class DeliveryEvents(Events):
    """What an application names as its `events_cls` to have its workers send by that dispatcher."""

    dispatcher_cls = DeliveryDispatcher
