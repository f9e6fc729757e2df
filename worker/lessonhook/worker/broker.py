"""What still waits in the broker, so that the sweep never publishes a long healthy backlog twice."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, RETRIES
from lessonhook.ledger import QUEUED_HEADER

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery

_REDIS_DRIVER: Final = "redis"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in one queue."""

    messages: int
    #: When the oldest of them was queued (milliseconds, the ledger's clock); 0 if none waits, or if it does not say so.
    oldest_ms: int


def waiting(app: "LessonhookCelery") -> dict[str, Waiting] | None:
    """Answer what waits in each queue; None means that this broker can't say.

    Raises the transport's errors when the broker is not to be had.
    """
    with app.connection_for_read() as connection:
        if connection.transport.driver_type != _REDIS_DRIVER:
            return None
        with closing(connection.channel()) as channel:
            return {queue: _waiting_in(channel.client, queue) for queue in (COMPLETIONS, RETRIES)}


def oldest_ms(queues: Mapping[str, Waiting] | None) -> dict[str, int] | int:
    """Answer when the oldest message of each queue in which some wait was queued; 0 if that can't be known."""
    if queues is None:
        return 0
    return {name: queue.oldest_ms for name, queue in queues.items() if queue.messages}


def _waiting_in(client: Any, queue: str) -> Waiting:
    # kombu pushes on the left and pops on the right. It puts the prefix before the keys of the commands that it uses
    # itself; LLEN is one of those, LINDEX is not.
    messages = client.llen(queue)
    head = client.lindex(BROKER_KEY_PREFIX + queue, -1)
    return Waiting(messages, _queued_ms(head)) if messages and head else Waiting(0, 0)


def _queued_ms(message: bytes) -> int:
    try:
        return int(json.loads(message)["headers"][QUEUED_HEADER])
    except (ValueError, TypeError, LookupError):
        # Not one of ours. It may lie there for long, and no recovery may wait for somebody to take it away.
        return 0
