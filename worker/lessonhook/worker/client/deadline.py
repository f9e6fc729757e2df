"""One point in time that a whole exchange is measured against, whatever it is doing when it comes."""

import socket
import time


class Deadline:
    """A moment on the monotonic clock; a socket's own timeout starts anew with each byte, this one does not."""

    __slots__ = ("_moment", "_slack", "seconds")

    def __init__(self, seconds: float, *, grace_seconds: float = 0.0) -> None:
        #: How long it was when it was set, for the text of a failure; the grace is on top.
        self.seconds = seconds
        self._moment = time.monotonic() + seconds + grace_seconds
        self._slack = seconds / 50

    def left(self) -> float:
        """Answer the seconds that remain, more than 0; raise TimeoutError when none do."""
        left = self._moment - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def over_by(self) -> float:
        """Answer the seconds since it came, less than 0 before it."""
        return time.monotonic() - self._moment

    def arm(self, sock: socket.socket) -> None:
        """Let the socket's next call wait no longer than what remains, or up to a fiftieth of the whole more.

        To set a timeout is a system call, and lets another thread of a busy worker in between; a kept connection most
        often has the right one already. Raises TimeoutError when nothing remains.
        """
        left, timeout = self.left(), sock.gettimeout()
        if timeout is None or abs(timeout - left) > self._slack:
            sock.settimeout(left)

    def sooner(self, seconds: float) -> "Deadline":
        """Answer this deadline, or one in `seconds` if that comes first."""
        return self if self._moment - time.monotonic() <= seconds else Deadline(seconds)
