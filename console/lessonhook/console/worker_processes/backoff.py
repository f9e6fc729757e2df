"""How long a process that ended by itself waits before it is started again."""

from typing import Final

_FIRST_SECONDS: Final = 1.0
#: Long enough that a process that ends at once costs next to nothing, short enough for a cause that goes away.
LONGEST_SECONDS: Final = 30.0
#: A process that ran for this long was well: its next wait is the first one again.
_WELL_AFTER_SECONDS: Final = 60.0


class Backoff:
    """The waits of one process: 1 s, doubled with each end in a row, 30 s at most."""

    def __init__(self) -> None:
        self._ends_in_a_row = 0

    def after(self, ran_seconds: float) -> float:
        """Return the wait after an end, in seconds."""
        if ran_seconds >= _WELL_AFTER_SECONDS:
            self._ends_in_a_row = 0
        # The exponent is bounded too: a process may end for months.
        wait = min(LONGEST_SECONDS, _FIRST_SECONDS * 2.0 ** min(self._ends_in_a_row, 16))
        self._ends_in_a_row += 1
        return wait
