"""What the LMS's programs and the tests that read its broker have in common."""

import json
from typing import Any

SUBSCRIBER = "acme"


def queued(client: Any, queue: str) -> list[dict[str, Any]]:
    """Return the messages that wait in a queue on Redis, oldest first."""
    return [json.loads(raw) for raw in reversed(client.lrange(queue, 0, -1))]
