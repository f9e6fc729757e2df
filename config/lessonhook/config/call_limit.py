"""One limit for all that a call waits for: each connection, each reply, each place in a pool.

Every wait has a limit of its own. But a call may connect, authenticate, choose a database, load a library and publish;
to RabbitMQ alone it makes ten such steps. If each reply came just before its own limit, they would add up to many
seconds.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

#: On the monotonic clock; None where the waits have only their own limits, as in a worker.
_ends: Final[ContextVar[float | None]] = ContextVar("lessonhook_call_ends", default=None)
#: A wait that begins when the time is over lasts this long, because a socket takes a limit of 0 for "do not block".
_LEAST_SECONDS: Final = 0.001


@contextmanager
def call_limit(seconds: float) -> Iterator[None]:
    """Let the waits in this block, of this thread or task, take at most so many seconds together.

    In a block within, the earlier end counts.
    """
    ends, outer = time.monotonic() + seconds, _ends.get()
    former = _ends.set(ends if outer is None else min(ends, outer))
    try:
        yield
    finally:
        _ends.reset(former)


@contextmanager
def with_at_least(seconds: float) -> Iterator[None]:
    """Let the waits in this block take so many seconds, if less is left: for what must be tried before a call ends."""
    ends = _ends.get()
    if ends is None or ends - time.monotonic() >= seconds:
        yield
        return
    former = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(former)


def time_left(limit_seconds: float | None) -> float | None:
    """Return how long a wait may take that has this limit of its own; None is no limit."""
    ends = _ends.get()
    if ends is None:
        return limit_seconds
    left = max(_LEAST_SECONDS, ends - time.monotonic())
    return left if limit_seconds is None else min(limit_seconds, left)
