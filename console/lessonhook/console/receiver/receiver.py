"""A real HTTP server that accepts POSTs: the endpoint of a subscriber, on this machine."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

from lessonhook.console.processes import LOOPBACK

#: Responses that have no body, and so no length (RFC 9110, 8.6).
_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
#: Bytes of a body, read into memory; no completion has nearly as many.
_BODY_LIMIT: Final = 16 * 1024 * 1024
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
        self._server = ThreadingHTTPServer((host, port), _handler_of(self))
        self._server.daemon_threads = True

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


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # Connections are kept open, as real endpoints keep them.
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = self.headers["content-length"] or ""
            if not (length.isascii() and length.isdecimal()):
                self._refuse(HTTPStatus.LENGTH_REQUIRED)
                return
            # The digits first, because int() refuses thousands of them.
            if len(length) > _LENGTH_DIGITS or int(length) > _BODY_LIMIT:
                self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                return
            body = self.rfile.read(int(length))
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

        def _refuse(self, status: HTTPStatus) -> None:
            """End the connection too, because nothing says where the next request begins."""
            self.close_connection = True
            self.send_response(status)
            self.send_header("content-length", "0")
            self.send_header("connection", "close")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write no line for each POST: the receiver does what is to be done."""

    return Handler
