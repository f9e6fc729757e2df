"""When the message that this worker took last from each queue was queued: what still waits there came later.

RabbitMQ tells how many messages wait, but not since when. Without this, a message that was lost while others wait would
count as gone after minutes only.
"""

from collections.abc import Mapping
from typing import Any

from lessonhook.config import COMPLETIONS, RETRIES
from lessonhook.worker.runtime.queue_ages import queued_ms


class LastTaken:
    """Written by Celery's consumer, read by the sweep.

    The last one counts, and not the youngest: messages that a lost worker had are in front of the queue again. A time
    that somebody made up is forgotten with the next message.
    """

    def __init__(self) -> None:
        self._queued_ms: dict[str, int] = {}

    def took(self, message: Any) -> None:
        """Record a message that the consumer received. Nothing in it is trusted."""
        facts = getattr(message, "delivery_info", None)
        queue = facts.get("routing_key") if isinstance(facts, Mapping) else None
        if queue in (COMPLETIONS, RETRIES):
            self._queued_ms[queue] = queued_ms(getattr(message, "headers", None))

    def queued_ms(self) -> dict[str, int]:
        """Return for each queue when the last one was queued, by its own headers; without those that don't say."""
        return {queue: queued for queue, queued in list(self._queued_ms.items()) if queued > 0}
