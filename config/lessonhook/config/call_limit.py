"""One limit for all that a call waits for: each connection, each reply, each place in a pool.

Every wait has a limit of its own. But a call may connect, authenticate, choose a database, load a library and publish;
to RabbitMQ alone it makes ten such steps. If each reply came just before its own limit, they would add up to many
seconds.

Reads of a desk and imports are as long as what they read. What they wait for is limited otherwise: by how late the
replies are that come one after the other, and those of an import by how late all of them are together.
"""

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

T = TypeVar("T")

#: On the monotonic clock; None where the waits have only their own limits, as in a worker.
_ends: Final[ContextVar[float | None]] = ContextVar("lessonhook_call_ends", default=None)
#: A wait that begins when the time is over lasts this long, because a socket takes a limit of 0 for "do not block".
_LEAST_SECONDS: Final = 0.001
#: Late replies in a row take together at most as long as this many replies may: with 0.9 s for one, 1.8 s.
_LATE_AT_MOST: Final = 2.0
#: A reply is late that took longer than this part of what it may take.
_LATE_PART: Final = 0.5


class Lateness:
    """How late the replies were that came one after the other, and how late all of them were together.

    `all_seconds` is how long all late waits together may take, however many replies in time are between them.
    """

    def __init__(self, all_seconds: float = math.inf) -> None:
        #: What is left of the time for late ones in a row: 1 for all of it.
        self.left = 1.0
        #: What is left of the time for all of them.
        self.all_left_seconds = all_seconds

    def waited(self, seconds: float, limit_seconds: float | None, *, for_reply: bool) -> None:
        """Count a wait. A reply that is not late shows that the server replies: the next ones have all the time."""
        if not limit_seconds:
            return
        if for_reply and seconds <= limit_seconds * _LATE_PART:
            self.left = 1.0
        else:
            self.left -= seconds / (_LATE_AT_MOST * limit_seconds)
            self.all_left_seconds -= seconds

    def time_left(self, limit_seconds: float) -> float:
        """Return how long a wait may take that has this limit of its own."""
        in_a_row = limit_seconds * min(1.0, _LATE_AT_MOST * self.left)
        return max(_LEAST_SECONDS, min(in_a_row, self.all_left_seconds))


_lateness: Final[ContextVar[Lateness | None]] = ContextVar("lessonhook_lateness", default=None)


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


@contextmanager
def late_replies_limited(late: Lateness | None = None) -> Iterator[None]:
    """Let late replies in this block, of this thread or task, take at most as long together as two replies may.

    For a call that makes as many steps as there is to read. In a block within, the outer one counts.
    `late` is that of a call with several such blocks: it goes on with the time for all late replies.
    """
    if _lateness.get() is not None:
        yield
        return
    late = Lateness() if late is None else late
    late.left = 1.0
    former = _lateness.set(late)
    try:
        yield
    finally:
        _lateness.reset(former)


def each_in_time(values: Iterable[T], late: Lateness | None = None) -> Iterator[T]:
    """Yield values, each of which is read within such a limit; `late` is that of all of them together."""
    iterator = iter(values)
    while True:
        with late_replies_limited(late):
            try:
                value = next(iterator)
            except StopIteration:
                return
        yield value


def lateness() -> Lateness | None:
    """Return what counts the late replies of the present call; None if they are not limited."""
    return _lateness.get()


def try_again_in_time() -> None:
    """Give late replies all of their time again: for a call that tries again what was late."""
    if (late := _lateness.get()) is not None:
        late.left = 1.0


def time_left(limit_seconds: float | None) -> float | None:
    """Return how long a wait may take that has this limit of its own; None is no limit."""
    if limit_seconds and (late := _lateness.get()) is not None:
        limit_seconds = late.time_left(limit_seconds)
    ends = _ends.get()
    if ends is None:
        return limit_seconds
    left = max(_LEAST_SECONDS, ends - time.monotonic())
    return left if limit_seconds is None else min(limit_seconds, left)
