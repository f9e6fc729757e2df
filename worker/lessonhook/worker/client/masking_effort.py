"""Bounds the processor time that masking one response may take.

The endpoint chooses the response and the company chooses a part of what was sent, so both can be made to cost the most.
The interpreter runs one thread at a time: time that one response takes is taken from all other companies.
"""

from typing import Final

#: Steps for one response. A step takes about 0.1 microseconds, so all of them take less than a millisecond, even on a
#: machine of half the speed.
_STEPS: Final = 4_500


class TooCostly(Exception):
    """The response and what was sent would take too long to compare."""


class Effort:
    """Counts the steps for one response. They are counted and not timed, so that a busy machine shows the same text."""

    def __init__(self) -> None:
        self._left = _STEPS

    def spend(self, steps: int) -> None:
        """Take steps; raise `TooCostly` if none is left."""
        self._left -= steps
        if self._left < 0:
            raise TooCostly
