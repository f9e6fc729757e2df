"""Waiting for a condition, with a bound."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

#: Between two looks: short for a person, and long enough to leave the CPU to the processes that are waited for.
_LOOK_EVERY_SECONDS: Final = 0.02


class TookTooLong(Exception):
    """The condition did not become true in time."""


def wait_until(condition: Callable[[], T], seconds: float, what: str | Callable[[], str]) -> T:
    """Call `condition` until its result is true, and return that result.

    `seconds` is a bound for a hang, not an expectation. `what` names what should come; give a callable if the message
    needs the state at the end. Raises TookTooLong, which names `what`.
    """
    ends = time.monotonic() + seconds
    while True:
        # The clock is read before the look, because a process that was frozen in between must still look once more.
        late = time.monotonic() >= ends
        if result := condition():
            return result
        if late:
            raise TookTooLong(f"waited {seconds:g} s in vain for {what() if callable(what) else what}")
        time.sleep(_LOOK_EVERY_SECONDS)  # between two looks at a condition, with a bound
