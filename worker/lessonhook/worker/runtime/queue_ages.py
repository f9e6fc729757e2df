"""What waits in the broker, and since when. The sweep needs it to never publish a long healthy backlog twice."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, RETRIES
from lessonhook.config.celery import MESSAGE_LIMIT_BYTES
from lessonhook.ledger import QUEUED_HEADER

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery

_REDIS_DRIVER: Final = "redis"
_AMQP_DRIVER: Final = "amqp"


@dataclass(frozen=True, slots=True)
class QueueAge:
    """The messages that wait in one queue."""

    messages: int
    #: When the oldest of them was queued (milliseconds, the ledger's clock); 0 if none waits, or if that is unknown.
    oldest_ms: int


def read_queues(app: "LessonhookCelery") -> dict[str, QueueAge] | None:
    """Return the age of each queue; None means that this broker can't tell.

    Raises the transport's errors if the broker can't be reached, or is a Redis that refuses writes: it connects anew
    each time, and the mended transport tries a write then.
    """
    with app.connection_for_read() as connection:
        if connection.transport.driver_type == _AMQP_DRIVER:
            return {queue: _count_of(connection, queue) for queue in (COMPLETIONS, RETRIES)}
        if connection.transport.driver_type != _REDIS_DRIVER:
            return None
        with closing(connection.channel()) as channel:
            return {queue: _age_of(channel.client, queue) for queue in (COMPLETIONS, RETRIES)}


def oldest_ms(queues: Mapping[str, QueueAge] | None, last_taken_ms: Mapping[str, int], now_ms: int) -> dict[str, int]:
    """Return, for each queue with messages, a time before which none of them was queued; 0 if that is unknown.

    `last_taken_ms` was noted before `now_ms`, so one that is later was made up by somebody and says nothing.

    A broker that can't tell since when its messages wait hands them out in the order in which they came, as RabbitMQ
    does. So what waits is no older than what this worker took last. One that can't tell how many wait keeps no order
    that is known.
    """
    if queues is None:
        return dict.fromkeys((COMPLETIONS, RETRIES), 0)
    known = {name: queued for name, queued in last_taken_ms.items() if queued <= now_ms}
    return {name: queue.oldest_ms or known.get(name, 0) for name, queue in queues.items() if queue.messages}


def _count_of(connection: Any, queue: str) -> QueueAge:
    """Ask RabbitMQ how many messages wait in a queue; since when, it can't tell."""
    with closing(connection.channel()) as channel:
        try:
            return QueueAge(channel.queue_declare(queue, passive=True).message_count, 0)
        except channel.connection.channel_errors:
            # No worker has declared it yet: nothing waits in it. The error has closed this channel.
            return QueueAge(0, 0)


def _age_of(client: Any, queue: str) -> QueueAge:
    # kombu pushes on the left and pops on the right. It adds the key prefix only to the commands that it uses itself:
    # to LLEN, but not to LINDEX.
    messages = client.llen(queue)
    head = client.lindex(BROKER_KEY_PREFIX + queue, -1)
    return QueueAge(messages, _queued_ms(head)) if messages and head else QueueAge(0, 0)


def _queued_ms(message: bytes) -> int:
    if len(message) > MESSAGE_LIMIT_BYTES:
        return 0
    try:
        return queued_ms(json.loads(message)["headers"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return 0


def queued_ms(headers: Any) -> int:
    """Return when a message was queued, by its headers; 0 if they don't say. Anybody may have written them."""
    try:
        return int(headers[QUEUED_HEADER])
    except (ValueError, TypeError, LookupError, OverflowError):
        # The message is not ours. It may stay there for long, and no recovery may wait until somebody removes it.
        return 0
