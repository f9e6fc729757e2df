"""Waiting for a condition, with a bound: so no test sleeps for luck, and one that waits in vain says for what."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Between two looks. Short against what tests wait for, long enough to leave the processor to those waited for.
_LOOK_EVERY_SECONDS = 0.01


def wait_until(condition: Callable[[], T], seconds: float, what: str | Callable[[], str]) -> T:
    """Call `condition` until its answer is true and hand that answer back.

    `seconds` is a bound for a hang, not an expectation: make it generous.
    `what` names the thing that should come; give a callable where the message needs the state at the end.
    Raises AssertionError, which says what did not come and what was answered last.
    """
    ends = time.monotonic() + seconds
    while True:
        # The clock is read before the look: a process that was frozen in between still looks once more.
        late = time.monotonic() >= ends
        answer = condition()
        if answer:
            return answer
        if late:
            description = what() if callable(what) else what
            raise AssertionError(f"within {seconds:g} s this did not come: {description} (last answer: {answer!r})")
        time.sleep(_LOOK_EVERY_SECONDS)
