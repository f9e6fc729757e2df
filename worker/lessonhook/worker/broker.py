"""What still waits in the broker, so that the sweep never publishes a long healthy backlog twice."""

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, RETRIES
from lessonhook.ledger import QUEUED_HEADER

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery

_REDIS_DRIVER: Final = "redis"


def oldest_waiting_ms(app: "LessonhookCelery") -> dict[str, int] | None:
    """Answer when the oldest waiting message of each queue was queued (milliseconds, the ledger's clock).

    A queue in which none waits is left out; None means that this broker can't say.
    Raises the transport's errors when the broker is not to be had.
    """
    with app.connection_for_read() as connection:
        if connection.transport.driver_type != _REDIS_DRIVER:
            return None
        with closing(connection.channel()) as channel:
            # kombu pushes on the left and pops on the right, and prefixes only the commands that it uses itself.
            heads = {queue: channel.client.lindex(BROKER_KEY_PREFIX + queue, -1) for queue in (COMPLETIONS, RETRIES)}
    return {queue: _queued_ms(head) for queue, head in heads.items() if head is not None}


def _queued_ms(message: bytes) -> int:
    headers: dict[str, Any] = json.loads(message)["headers"]
    return int(headers.get(QUEUED_HEADER, 0))
