"""The HTTP server of the metrics port. It limits how many connections there are, and how long each one lasts.

Prometheus and a supervisor need one connection each. The port may be open to others, and a connection that sends a byte
now and then would hold a thread and a file for ever.
"""

import errno
import socket
import threading
import time
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import structlog

_log: Final = structlog.get_logger("lessonhook.worker")
#: Connections at one moment. If another one comes, the oldest is closed, so that a check gets through a crowd.
CONNECTION_LIMIT: Final = 32
#: A connection is closed after this long, whatever was sent or read on it.
CONNECTION_SECONDS: Final = 10.0
#: The server notices a stop, and a connection that is open for too long, after at most this long.
_NOTICE_SECONDS: Final = 0.2
_NO_FILES: Final = (errno.EMFILE, errno.ENFILE)
#: Time between two lines about a lack of files.
_SAY_AGAIN_SECONDS: Final = 60.0


class BoundedServer(ThreadingMixIn, WSGIServer):
    """Listens on an address. `handle_request` takes one connection, or returns after a moment without one."""

    daemon_threads = True
    # Connections that wait to be accepted. With the base class's 5, a crowd would keep a check from connecting.
    request_queue_size = 128
    timeout = _NOTICE_SECONDS

    def __init__(self, address: str, port: int) -> None:
        everywhere = not address and socket.has_dualstack_ipv6()
        self.address_family = socket.AF_INET6 if everywhere or ":" in address else socket.AF_INET
        self._lock = threading.Lock()
        #: When each connection was opened, the oldest first.
        self._opened: dict[socket.socket, float] = {}
        self._said = float("-inf")
        super().__init__((address, port), _Quiet)

    def server_bind(self) -> None:
        """Listen, on IPv4 too if on IPv6.

        The base class would also look up a name for the address. That hangs while name resolution is dead, which is
        when the metrics are needed.
        """
        if self.address_family is socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        TCPServer.server_bind(self)
        self.server_name, self.server_port = map(str, self.server_address[:2])  # type: ignore[assignment]
        self.setup_environ()

    def handle_request(self) -> None:
        """Take one connection if one comes now, and close those that are open for too long."""
        super().handle_request()
        oldest_allowed = time.monotonic() - CONNECTION_SECONDS
        with self._lock:
            for connection, opened in list(self._opened.items()):
                if opened < oldest_allowed:
                    self._cut(connection)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection. If the process has no file left for it, log that and wait a moment."""
        try:
            return super().get_request()
        except OSError as error:
            if error.errno in _NO_FILES:
                self._say_no_files(error)
                time.sleep(_NOTICE_SECONDS)  # the connection stays in the queue, and accepting it would fail at once
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own; if there are too many, close the oldest."""
        with self._lock:
            while len(self._opened) >= CONNECTION_LIMIT:
                self._cut(next(iter(self._opened)))
            self._opened[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that was served, and close it."""
        with self._lock:
            self._opened.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write no traceback: a client that goes away is no fault of ours."""

    def _cut(self, connection: socket.socket) -> None:
        """End a connection: its thread, which waits for it, then closes it."""
        del self._opened[connection]
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself

    def _say_no_files(self, error: OSError) -> None:
        now = time.monotonic()
        if now - self._said >= _SAY_AGAIN_SECONDS:
            self._said = now
            _log.error("worker.out_of_files", error=error.strerror, cure="raise LimitNOFILE of the worker's service")


class _Quiet(WSGIRequestHandler):
    timeout = CONNECTION_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write no access log."""
