"""Ends exchanges that outlive their deadline because their endpoint never lets the socket run dry.

A socket's timeout is looked at only while there is nothing to read. Below TLS an endpoint can send what is no data,
session tickets for instance, faster than OpenSSL works them off; one read then goes on for as long as it likes.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lessonhook.worker.client.deadline import Deadline

#: Between two looks, and what an exchange is left beyond its deadline: its socket's own timeout comes first.
_LOOK_SECONDS: Final = 0.2


class Curfew:
    """Looks at the exchanges of all threads from one of its own, which is there only while there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[socket.socket, Deadline] = {}
        self._looking = False

    @contextmanager
    def watch(self, sock: socket.socket, deadline: Deadline) -> Iterator[None]:
        """Shut a TLS socket down if what is done with it is not over soon after the deadline; it then reads its end."""
        if not isinstance(sock, ssl.SSLSocket):
            # Each read of a plain one ends with what is there.
            yield
            return
        with self._lock:
            self._under_way[sock] = deadline
            if not self._looking:
                self._look_from_now_on()
        try:
            yield
        finally:
            # Under the lock, so that a number of a closed socket, which another may have by then, is never shut down.
            with self._lock:
                del self._under_way[sock]

    def _look_from_now_on(self) -> None:
        thread = threading.Thread(target=self._look, name="lessonhook-curfew", daemon=True)
        # Where no thread is to be had, the next exchange asks for one again.
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._looking = True

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            with self._lock:
                for sock, deadline in self._under_way.items():
                    if deadline.over_by() >= _LOOK_SECONDS:
                        _shut_down(sock)
                if not self._under_way:
                    self._looking = False
                    return


def _shut_down(sock: socket.socket) -> None:
    # That of the plain socket: the one of TLS takes the connection apart under whoever reads from it.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
