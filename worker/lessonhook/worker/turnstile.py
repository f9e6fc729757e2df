"""Lets threads that all have the same thing to do at the same moment do it one after the other.

Endpoints that hang together time out together, and each failure is some milliseconds of settling, logging and
publishing. Side by side they would share the interpreter with the deliveries of the healthy, and hold each of those up
until all of them are done; one after the other, with time left between, they hold up nobody.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: No longer than this does anybody wait: it is a courtesy to others, and nothing depends on it.
_PATIENCE_SECONDS: Final = 1.0
#: So many times as long as it computed itself, whoever passes leaves to all others.
_FOR_OTHERS: Final = 2.0


class Turnstile:
    """One passes at a time, while that goes quickly; it protects nothing."""

    def __init__(self, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Wait for those before, but not for ever."""
        alone = self._lock.acquire(timeout=self._patience_seconds)
        begun = time.thread_time()
        try:
            yield
        finally:
            if alone:
                time.sleep(_FOR_OTHERS * (time.thread_time() - begun))  # left to others, on purpose
                self._lock.release()
