"""Lets what need not be fast pass one by one, so that what must be fast, a fresh event's POST, finds its way.

A worker's threads share one interpreter. Sixty endpoints that hang together time out together; a company that was
assigned 20,000 lessons has eight threads that never rest. Each of them settles, logs and publishes for some tenths of a
millisecond an event, and side by side they hold up every other thread at each of its steps. One after the other they
take as long, and hold up hardly anybody.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lessonhook.ledger import SHARDS, shard_of

#: No longer than this does anybody wait: it is a courtesy to others, and nothing depends on it.
_PATIENCE_SECONDS: Final = 1.0
#: So many times as long as it computed itself, an event that failed leaves to all others: it costs most and hurries
#: least, and its message, a countdown, keeps the worker's main thread busy as well.
_LEFT_BY_FAILURES: Final = 2.0


class Turnstile:
    """One passes at a time, while that goes quickly; it protects nothing."""

    def __init__(self, *, patience_seconds: float = _PATIENCE_SECONDS, left_to_others: float = 0.0) -> None:
        self._patience_seconds = patience_seconds
        self._left_to_others = left_to_others
        self._lock = threading.Lock()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Wait for those before, but not for ever."""
        alone = self._lock.acquire(timeout=self._patience_seconds)
        begun = time.thread_time() if self._left_to_others else 0.0
        try:
            yield
        finally:
            if alone:
                if self._left_to_others:
                    time.sleep(self._left_to_others * (time.thread_time() - begun))  # left to others, on purpose
                self._lock.release()


class Turnstiles:
    """Which one a POST that has ended passes, on its way to being settled."""

    def __init__(self) -> None:
        self._failed = Turnstile(left_to_others=_LEFT_BY_FAILURES)
        self._accepted = Turnstile()
        #: A lane's backlog keeps to itself; lanes of one shard share.
        self._drained = [Turnstile() for _ in range(SHARDS)]

    def of(self, subscriber: str, *, accepted: bool, in_place: bool) -> Turnstile:
        """Answer that of an event: of those that failed, of a backlog that is drained in place, or of fresh ones."""
        if not accepted:
            return self._failed
        return self._drained[shard_of(subscriber)] if in_place else self._accepted
