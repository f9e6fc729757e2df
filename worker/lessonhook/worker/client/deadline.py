"""The one moment by which a whole exchange must be over, and waits that end at it.

The time in which this worker's own loop stood still is not the endpoint's: a deadline moves by it. What an endpoint
sent meanwhile is read first, and a handshake that needs one more step has the time for it that it would have had.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Deadline:
    """A moment on the monotonic clock, set for a whole exchange or a part of it.

    `stood_still` returns for how many seconds the loop has stood still so far. The deadline moves by what that grows,
    `moves_seconds` at most, and one that is a part of a `whole` never beyond that one.
    """

    __slots__ = ("_last_moment", "_moment", "_stood_still", "_stood_still_before", "_whole", "seconds")

    def __init__(
        self,
        seconds: float,
        *,
        grace_seconds: float = 0.0,
        moves_seconds: float = math.inf,
        stood_still: Callable[[], float] = lambda: 0.0,
        whole: "Deadline | None" = None,
    ) -> None:
        #: The deadline without its grace, for the text of a failure.
        self.seconds = seconds
        self._stood_still = stood_still
        self._stood_still_before = stood_still()
        self._moment = time.monotonic() + seconds + grace_seconds
        self._last_moment = self._moment + moves_seconds
        self._whole = whole

    def left(self) -> float:
        """Return the seconds that remain, more than 0. Raises TimeoutError if none do."""
        left = -self.over_by()
        if left <= 0:
            raise TimeoutError
        return left

    def over_by(self) -> float:
        """Return the seconds since the moment, less than 0 before it."""
        return time.monotonic() - self.moment()

    def sooner(self, seconds: float) -> "Deadline":
        """Return this deadline, or one in `seconds` if that is sooner."""
        if -self.over_by() <= seconds:
            return self
        return Deadline(seconds, stood_still=self._stood_still, whole=self)

    def stood_still_seconds(self) -> float:
        """Return for how long the loop has stood still since this deadline was set."""
        return self._stood_still() - self._stood_still_before

    def moment(self) -> float:
        """Return the moment as it is now, on the monotonic clock."""
        moment = min(self._last_moment, self._moment + self.stood_still_seconds())
        return moment if self._whole is None else min(moment, self._whole.moment())


@asynccontextmanager
async def until(deadline: Deadline) -> AsyncIterator[None]:
    """Let a block last until a deadline, which may move meanwhile. Raises TimeoutError at its end."""
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle
    async with asyncio.timeout(None) as limit:

        def look() -> None:
            nonlocal timer
            if (over_by := deadline.over_by()) < 0:
                timer = loop.call_later(-over_by, look)
            else:
                limit.reschedule(loop.time())

        timer = loop.call_later(deadline.left(), look)
        try:
            yield
        finally:
            timer.cancel()
