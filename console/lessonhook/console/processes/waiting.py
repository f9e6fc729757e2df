"""Waiting for a condition, with a bound."""

import time
from collections.abc import Callable
from typing import Final

#: Between two looks: short for a person, long for the processes that are waited for.
_LOOK_EVERY_SECONDS: Final = 0.05


class TookTooLong(Exception):  # noqa: N818 - says what happened
    """What was waited for did not come in time."""


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return when `condition` holds; raise TookTooLong, naming `what`, if it does not within `seconds`."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= ends:
            raise TookTooLong(f"waited {seconds:g} s in vain for {what}")
        time.sleep(_LOOK_EVERY_SECONDS)
