"""A server of the standard library with a limit for its connections, and one for how long each of them lasts.

Each connection has a thread and a file. A port may be open to more than those it is meant for, and a connection that
sends a byte now and then would hold both for ever.
"""

import socket
import threading
import time
from contextlib import suppress
from socketserver import BaseRequestHandler, TCPServer, ThreadingMixIn
from typing import Any, Final

from lessonhook.config.shortages import shortage_in

#: Time until a server that lacks files or memory accepts again.
_SHORTAGE_SECONDS: Final = 0.2


class BoundedServer(ThreadingMixIn, TCPServer):
    """The base of a server, to be named before the one of `http.server` or `wsgiref` that it serves as.

    If there are `connection_limit` connections and another one comes, the oldest is closed, so that a newcomer gets
    through a crowd. `service_actions` closes those that are older than `connection_seconds`, whatever was sent on them.
    """

    daemon_threads = True
    # Connections that wait to be accepted. With the base class's 5, a crowd would keep everybody else from connecting.
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        handler: type[BaseRequestHandler],
        *,
        connection_limit: int,
        connection_seconds: float,
    ) -> None:
        self._connection_limit = connection_limit
        self._connection_seconds = connection_seconds
        self._lock = threading.Lock()
        #: When each connection was opened, or renewed, on the monotonic clock; the oldest first.
        self._since: dict[socket.socket, float] = {}
        super().__init__(address, handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection. If this machine has too few files or memory for one, note that and wait a moment."""
        try:
            return super().get_request()
        except OSError as error:
            if shortage_in(error):
                self.note_shortage(error)
                time.sleep(_SHORTAGE_SECONDS)  # the connection stays in the queue, and accepting it would fail at once
            raise

    def note_shortage(self, error: OSError) -> None:
        """Do nothing. A server that has a log says what its machine lacks."""

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own; if there are too many, close the oldest."""
        with self._lock:
            while len(self._since) >= self._connection_limit:
                self._cut(next(iter(self._since)))
            self._since[request] = time.monotonic()
        super().process_request(request, client_address)

    def renew(self, request: socket.socket) -> None:
        """Count the time of a connection from now: something whole came on it."""
        with self._lock:
            if self._since.pop(request, None) is not None:
                self._since[request] = time.monotonic()

    def service_actions(self) -> None:
        """Close the connections that are too old. `serve_forever` calls it each time that it comes round."""
        oldest_allowed = time.monotonic() - self._connection_seconds
        with self._lock:
            for connection, since in list(self._since.items()):
                if since >= oldest_allowed:
                    return
                self._cut(connection)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that was served, and close it."""
        with self._lock:
            self._since.pop(request, None)
        super().shutdown_request(request)

    def _cut(self, connection: socket.socket) -> None:
        """End a connection: its thread, which waits for it, then closes it. One that ended by itself is left alone."""
        del self._since[connection]
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
