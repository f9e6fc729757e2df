"""How Celery's worker announces a message of ours in its task events."""

from typing import Any

from celery.worker.request import Request

from lessonhook.ledger import WAKE_HEADER


class DeliveryRequest(Request):
    """A request that leaves its event in Flower's state RETRY while the countdown runs.

    Celery would announce the countdown's message as RECEIVED at once, and Flower would no longer say why it waits.
    """

    def send_event(self, type: str, **fields: Any) -> None:  # noqa: A002 - Celery's name
        """Send a task event, but for the arrival of a lane's countdown."""
        if type == "task-received" and WAKE_HEADER in self.request_dict:
            return
        super().send_event(type, **fields)
