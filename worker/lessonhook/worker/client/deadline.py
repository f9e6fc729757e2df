"""The one moment by which a whole exchange must be over."""

import time


class Deadline:
    """A moment on the monotonic clock, set once for a whole exchange."""

    __slots__ = ("_moment", "seconds")

    def __init__(self, seconds: float, *, grace_seconds: float = 0.0) -> None:
        #: The deadline without its grace, for the text of a failure.
        self.seconds = seconds
        self._moment = time.monotonic() + seconds + grace_seconds

    def left(self) -> float:
        """Return the seconds that remain, more than 0. Raises TimeoutError if none do."""
        left = self._moment - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def over_by(self) -> float:
        """Return the seconds since the moment, less than 0 before it."""
        return time.monotonic() - self._moment

    def sooner(self, seconds: float) -> "Deadline":
        """Return this deadline, or one in `seconds` if that is sooner."""
        return self if self._moment - time.monotonic() <= seconds else Deadline(seconds)
