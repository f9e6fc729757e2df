"""Whether the worker was told to stop, as a signal handler may say it at any moment."""

import time
from typing import Final

#: How late a wait notices the flag, in seconds. Only a person's errand waits, between two of its POSTs.
_LOOK_EVERY_SECONDS: Final = 0.1


class StopFlag:
    """A flag without a lock.

    Celery's signal handler sets it, between any two bytecodes of the main thread. A `threading.Event` has a lock that
    is not reentrant: a second signal that comes while the first one's `set()` holds it would wait for itself, for ever.
    """

    __slots__ = ("_is_set",)

    def __init__(self) -> None:
        self._is_set = False

    def is_set(self) -> bool:
        """Return whether the worker was told to stop."""
        return self._is_set

    def set(self) -> None:
        """Raise the flag. It stays raised."""
        self._is_set = True

    def wait(self, seconds: float) -> None:
        """Block this thread for `seconds`, or until shortly after the flag is raised."""
        ends = time.monotonic() + seconds
        while not self._is_set and (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_EVERY_SECONDS))  # without a lock nothing can wake this thread
