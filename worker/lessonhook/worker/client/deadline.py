"""One point in time that a whole exchange is measured against, whatever it is doing when it comes."""

import time


class Deadline:
    """A moment on the monotonic clock; a socket's own timeout starts anew with each byte, this one does not."""

    __slots__ = ("_moment", "seconds")

    def __init__(self, seconds: float) -> None:
        #: How long it was when it was set, for the text of a failure.
        self.seconds = seconds
        self._moment = time.monotonic() + seconds

    def left(self) -> float:
        """Answer the seconds that remain, more than 0; raise TimeoutError when none do."""
        left = self._moment - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def sooner(self, seconds: float) -> "Deadline":
        """Answer this deadline, or one in `seconds` if that comes first."""
        return self if self._moment - time.monotonic() <= seconds else Deadline(seconds)
