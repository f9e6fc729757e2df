"""How long one call for many completions may wait for servers that are late, all of its steps together.

A step has the time of one `.delay()`, and an import has as many steps as it needs. Without a limit for their sum, a
server whose replies each come just before their own limit would hold an import of 20,000 for ten minutes.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from lessonhook.config import Lateness

#: Late waits for Redis take together as long as so many calls of `.delay()` may: some ten seconds. So do those for the
#: broker. A short disturbance ends no import, and the caller hears of a long one before its own request is given up.
_CALLS: Final = 6


class ManyWaits:
    """Counts what is late. What is in time costs nothing, so that an import may be as long as it is.

    `call_seconds` is how long one `.delay()` may take. A wait is late if it takes longer than a quarter of that.
    """

    def __init__(self, call_seconds: float) -> None:
        self._call_seconds = call_seconds
        #: Of the ledger.
        self.late = Lateness(_CALLS * call_seconds)
        self._for_broker = Lateness(_CALLS * call_seconds)

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """Limit what a coroutine waits for in one step, and count it. Raises TimeoutError at the end of its time."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(min(self._call_seconds, self.late.all_left_seconds)):
                yield
        finally:
            self._count(self.late, began)

    @property
    def broker_seconds(self) -> float:
        """How long the broker may take now; 0 if it has been late for too long."""
        return max(0.0, min(self._call_seconds, self._for_broker.all_left_seconds))

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Count what the broker takes in this block."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._count(self._for_broker, began)

    def _count(self, late: Lateness, began: float) -> None:
        # One call has time for two replies.
        late.waited(time.monotonic() - began, self._call_seconds / 2, for_reply=True)
