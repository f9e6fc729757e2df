"""Events whose message this worker took while Redis did not reply: no message is left, and nobody else knows.

The sweep would publish them again when their messages count as lost, half a minute after they were queued. With this
note, the first sweep after Redis' return does.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from redis.exceptions import ResponseError

#: Events that are remembered, some 200 bytes each. What is beyond goes again when its message counts as lost.
_LIMIT: Final = 10_000


class Deferred:
    """Written by turns on the loop, read by the sweep's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: dict[tuple[str, str], None] = {}

    def note(self, subscriber: str, event_id: str) -> None:
        """Remember an event that could not be admitted."""
        with self._lock:
            if len(self._events) < _LIMIT:
                self._events[subscriber, event_id] = None

    def each(self, tell: Callable[[str, str], object]) -> None:
        """Call `tell` for each event, and forget it then. While Redis is away, what is left waits for the next call.

        One that Redis has an error for, as in a damaged lane, must not keep the others back.
        """
        while True:
            with self._lock:
                event = next(iter(self._events), None)
            if event is None:
                return
            with suppress(ResponseError):
                tell(*event)
            with self._lock:
                del self._events[event]
