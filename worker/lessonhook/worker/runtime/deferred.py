"""Events whose message this worker took while Redis did not reply: no message is left, and nobody else knows.

The sweep would publish them again when their messages count as lost, half a minute after they were queued. With this
note, the first sweep after Redis' return does.
"""

import threading
from collections.abc import Callable
from typing import Final

from redis.exceptions import ResponseError

from lessonhook.config import raise_if_of_the_server

#: Events that are remembered, some 200 bytes each. What is beyond goes again when its message counts as lost.
_LIMIT: Final = 10_000
#: Events of one call, each a round trip: within a second at a usual pace, so that the sweep goes on to the lanes.
_AT_ONCE: Final = 2_000


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

    def each(self, tell: Callable[[str, str], object]) -> int:
        """Call `tell` for each event, and forget it then; return how many. What is left waits for the next call.

        Something is left while Redis is away, and if there are more than one call takes. One that Redis has an error
        for, as in a damaged lane, must not keep the others back.
        """
        for number in range(_AT_ONCE):
            with self._lock:
                event = next(iter(self._events), None)
            if event is None:
                return number
            try:
                tell(*event)
            except ResponseError as error:
                raise_if_of_the_server(error)
            with self._lock:
                del self._events[event]
        return _AT_ONCE
