"""The listener of the metrics port. Prometheus and a supervisor need one connection each; it may be open to others."""

import errno
import socket
import time
from socketserver import TCPServer
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import structlog

from lessonhook.config import BoundedServer

_log: Final = structlog.get_logger("lessonhook.worker")
#: Connections at one moment.
CONNECTION_LIMIT: Final = 32
#: A connection is closed after this long, whatever was sent or read on it.
CONNECTION_SECONDS: Final = 10.0
#: The server notices a stop, and a connection that is open for too long, after at most this long.
_NOTICE_SECONDS: Final = 0.2
_NO_FILES: Final = (errno.EMFILE, errno.ENFILE)
#: Time between two lines about a lack of files.
_SAY_AGAIN_SECONDS: Final = 60.0


class MetricsPort(BoundedServer, WSGIServer):
    """Listens on an address. `handle_request` takes one connection, or returns after a moment without one."""

    timeout = _NOTICE_SECONDS

    def __init__(self, address: str, port: int) -> None:
        everywhere = not address and socket.has_dualstack_ipv6()
        self.address_family = socket.AF_INET6 if everywhere or ":" in address else socket.AF_INET
        self._said = float("-inf")
        super().__init__(
            (address, port), _Quiet, connection_limit=CONNECTION_LIMIT, connection_seconds=CONNECTION_SECONDS
        )

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
        self.service_actions()

    def note_shortage(self, error: OSError) -> None:
        """Log that the process has no file left, and what to do."""
        now = time.monotonic()
        if error.errno in _NO_FILES and now - self._said >= _SAY_AGAIN_SECONDS:
            self._said = now
            _log.error("worker.out_of_files", error=error.strerror, cure="raise LimitNOFILE of the worker's service")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write no traceback: a client that goes away is no fault of ours."""


class _Quiet(WSGIRequestHandler):
    timeout = CONNECTION_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write no access log."""
