"""What still waits in the broker, so that the sweep never publishes a long healthy backlog twice."""

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, RETRIES
from lessonhook.ledger import QUEUED_HEADER

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery

#: The broker can't say: the sweep waits longer before it takes a message for lost.
UNKNOWN: Final = 0
_REDIS_DRIVER: Final = "redis"


def oldest_waiting_ms(app: "LessonhookCelery") -> int | None:
    """Answer when the oldest waiting message was queued (milliseconds, the ledger's clock), None if none waits.

    Raises the transport's errors when the broker is not to be had.
    """
    with app.connection_for_read() as connection:
        if connection.transport.driver_type != _REDIS_DRIVER:
            return UNKNOWN
        with closing(connection.channel()) as channel:
            # kombu pushes on the left and pops on the right, and prefixes only the commands that it uses itself.
            heads = [channel.client.lindex(f"{BROKER_KEY_PREFIX}{queue}", -1) for queue in (COMPLETIONS, RETRIES)]
    queued = [_queued_ms(head) for head in heads if head is not None]
    return min(queued) if queued else None


def _queued_ms(message: bytes) -> int:
    headers: dict[str, Any] = json.loads(message)["headers"]
    return int(headers.get(QUEUED_HEADER, UNKNOWN))
