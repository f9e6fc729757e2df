"""A real HTTP server that accepts POSTs: the endpoint of a subscriber, on this machine."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final, Self

from lessonhook.config import BoundedServer
from lessonhook.console.processes import LOOPBACK

#: Responses that have no body, and so no length (RFC 9110, 8.6).
_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
#: Bytes of a body, read into memory; no completion has nearly as many.
_BODY_LIMIT: Final = 1024 * 1024
#: Connections at one moment. If another one comes, the one that sent nothing whole for longest is closed.
CONNECTION_LIMIT: Final = 256
#: A connection on which no whole request came for so long is closed, whatever bytes came. Senders close theirs sooner.
CONNECTION_SECONDS: Final = 90.0
_LENGTH_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Response:
    """What an endpoint responds."""

    status: int
    #: How long it takes; 0 for at once.
    seconds: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Receiver:
    """One endpoint for each subscriber, told apart by the URL's path. It accepts everything and keeps nothing."""

    def __init__(self, port: int = 0, host: str = LOOPBACK) -> None:
        self._host = host
        self._server = _Server((host, port), _handler_of(self))

    @contextmanager
    def listening(self) -> Iterator[Self]:
        """Serve in a thread of its own."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="receiver", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    @property
    def address(self) -> str:
        """Where it listens, host and port."""
        return f"{self._host}:{self._server.server_port}"

    def url(self, subscriber: str) -> str:
        """Return the callback URL of a subscriber."""
        return f"http://{self.address}/{subscriber}"

    def receive(self, subscriber: str, headers: Any, body: bytes) -> Response:
        """Return what to respond. Called in the thread of the connection."""
        del subscriber, headers, body
        return Response(HTTPStatus.OK)


class _Server(BoundedServer, HTTPServer):
    """Closes a connection on which no whole request came for too long. `renew` counts its time from a request on."""

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler, connection_limit=CONNECTION_LIMIT, connection_seconds=CONNECTION_SECONDS)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write no traceback of a sender that goes away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _length(text: str) -> tuple[int, HTTPStatus | None]:
    """Return the length that a request gives, or why it is refused."""
    if not (text.isascii() and text.isdecimal()):
        return 0, HTTPStatus.LENGTH_REQUIRED
    # The digits first, because int() refuses thousands of them.
    if len(text) > _LENGTH_DIGITS or int(text) > _BODY_LIMIT:
        return 0, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return int(text), None


class _Reader(BaseHTTPRequestHandler):
    """Reads a body as a server must that trusts no length."""

    # Connections are kept open, as real endpoints keep them.
    protocol_version = "HTTP/1.1"
    server: _Server

    def _body(self) -> bytes | None:
        """Return the body; None if it was refused, or did not come whole."""
        length, refusal = _length(self.headers["content-length"] or "")
        if refusal is not None:
            self._refuse(refusal)
            return None
        body = self.rfile.read(length)
        if len(body) == length:
            return body
        self.close_connection = True
        return None

    def _refuse(self, status: HTTPStatus) -> None:
        """End the connection too, because nothing says where the next request begins."""
        self.close_connection = True
        self.send_response(status)
        self.send_header("content-length", "0")
        self.send_header("connection", "close")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write no line for each POST: the receiver does what is to be done."""


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(_Reader):
        def do_POST(self) -> None:
            body = self._body()
            if body is None:
                return
            self.server.renew(self.connection)
            response = receiver.receive(self.path.strip("/"), self.headers, body)
            if response.seconds:
                time.sleep(response.seconds)  # this endpoint is a slow one
            self.send_response(response.status)
            for name, value in response.headers:
                self.send_header(name, value)
            if response.status not in _WITHOUT_BODY:
                self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            if response.status not in _WITHOUT_BODY:
                self.wfile.write(response.body)

    return Handler
