"""For how long the loop has stood still while POSTs were under way: blocked, or on a machine that did not run it.

Whatever an endpoint did meanwhile, nobody looked.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: Between two looks at the clock. What is found of a stand-still is less than it was by this much at most.
_LOOK_SECONDS: Final = 0.1
#: A look that is later than this was held up. Rounds of a busy loop take up to a tenth of a second, and a loop that is
#: busy for long must not count as one that stands still: an endpoint that hangs would never be given up.
_LATE_SECONDS: Final = 0.25


class StandStills:
    """Used on one loop only. It looks while a POST is under way, and costs nothing otherwise."""

    def __init__(self) -> None:
        self._under_way = 0
        self._total_seconds = 0.0
        #: When the next look is due, on the monotonic clock.
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look for stand-stills in this block."""
        self._under_way += 1
        if self._timer is None:
            self._look_later()
        try:
            yield
        finally:
            self._under_way -= 1

    def seconds(self) -> float:
        """Return for how long the loop has stood still so far, in blocks that were watched; it never grows less."""
        return self._total_seconds + self._late_seconds()

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late_seconds(self) -> float:
        """Return by how much the look that is due is late now: a deadline may ask before the look itself comes."""
        late = 0.0 if self._timer is None else time.monotonic() - self._due
        return late if late > _LATE_SECONDS else 0.0

    def _look(self) -> None:
        self._total_seconds += self._late_seconds()
        self._timer = None
        if self._under_way:
            self._look_later()

    def _look_later(self) -> None:
        self._due = time.monotonic() + _LOOK_SECONDS
        self._timer = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)
