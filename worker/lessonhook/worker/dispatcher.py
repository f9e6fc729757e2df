"""Which task events a worker sends, so that Flower tells why an event waits for as long as it waits."""

from typing import Any

from celery.app.events import Events
from celery.events.dispatcher import EventDispatcher


class DeliveryDispatcher(EventDispatcher):
    """A dispatcher that leaves an event in the state RETRY while its lane's countdown runs.

    Celery announces the countdown's message as RECEIVED at once, and Flower would no longer say what failed and when
    the next attempt is. It does so below the request, which therefore can't keep it from doing so.
    """

    def send(self, type: str, *arguments: Any, **fields: Any) -> None:  # noqa: A002 - Celery's name
        """Send an event, but for the arrival of a countdown: of our messages, only those have a time of their own."""
        if type == "task-received" and fields.get("eta"):
            return
        super().send(type, *arguments, **fields)


class DeliveryEvents(Events):
    """What an application names as its `events_cls` to have its workers send by that dispatcher."""

    dispatcher_cls = DeliveryDispatcher
