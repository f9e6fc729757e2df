"""What Celery has on its way: read from Redis as kombu writes it, and nothing of it taken."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from lessonhook.config import BROKER_KEY_PREFIX, COMPLETIONS, RETRIES
from tests.support.servers.server import Server

_UNACKED = f"{BROKER_KEY_PREFIX}unacked"
_QUEUES = tuple(f"{BROKER_KEY_PREFIX}{queue}" for queue in (COMPLETIONS, RETRIES))


@dataclass(frozen=True, slots=True)
class Message:
    """A message of ours: its arguments, and where it is."""

    subscriber: str
    event_id: str
    #: In a queue; otherwise in a worker's hands, waiting for its time or being worked on.
    waits: bool
    #: It has a time before which no worker takes it up.
    countdown: bool


class BrokerView:
    """Reads the queues of a server's first database, and what workers have not acknowledged, at one moment."""

    def __init__(self, server: Server) -> None:
        self.client = server.client()

    def messages(self, subscriber: str) -> list[Message]:
        """Return a subscriber's messages, in queues and in workers' hands."""
        with self.client.pipeline(transaction=True) as pipe:
            for queue in _QUEUES:
                pipe.lrange(queue, 0, -1)
            pipe.hvals(_UNACKED)
            *queues, unacked = pipe.execute()
        waiting = [_message(json.loads(raw), waits=True) for queue in queues for raw in queue]
        in_hand = [_message(json.loads(raw)[0], waits=False) for raw in unacked]
        return [message for message in waiting + in_hand if message.subscriber == subscriber]

    def close(self) -> None:
        """Close the connection."""
        self.client.close()


def _message(fields: dict[str, Any], *, waits: bool) -> Message:
    (subscriber, event_id), _, _ = json.loads(base64.b64decode(fields["body"]))
    return Message(subscriber, event_id, waits, countdown=fields["headers"]["eta"] is not None)
