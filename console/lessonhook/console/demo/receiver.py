"""The companies' endpoints: a real HTTP server that keeps its own record, to be compared with what the ledger says."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from lessonhook.console.processes import LOOPBACK

#: What an endpoint that is down answers here; it still sees each POST, and so can count the attempts.
DOWN: Final = HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Arrival:
    """One POST as it came in, and what it was answered."""

    #: On `time.monotonic()`, when its last byte was read.
    at: float
    subscriber: str
    event_id: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int

    @property
    def accepted(self) -> bool:
        """Whether the answer was a 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class Receiver:
    """One endpoint for each company, told apart by the URL's path."""

    def __init__(self, port: int = 0) -> None:
        self._lock = threading.Lock()
        self._arrivals: list[Arrival] = []
        self._answers: dict[str, HTTPStatus] = {}
        self._delays: dict[str, float] = {}
        self._server = ThreadingHTTPServer((LOOPBACK, port), _handler_of(self))
        self._server.daemon_threads = True

    @contextmanager
    def listening(self) -> Iterator["Receiver"]:
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
        return f"{LOOPBACK}:{self._server.server_port}"

    def url(self, subscriber: str) -> str:
        """Answer the callback URL of a company."""
        return f"http://{self.address}/{subscriber}"

    def answer(self, subscriber: str, status: HTTPStatus, *, seconds: float = 0.0) -> None:
        """Answer a company's POSTs with `status` from now on, after `seconds`."""
        with self._lock:
            self._answers[subscriber] = status
            self._delays[subscriber] = seconds

    def arrivals(self, subscriber: str | None = None) -> list[Arrival]:
        """Answer the record, of one company or of all, oldest first."""
        with self._lock:
            return [arrival for arrival in self._arrivals if subscriber in {None, arrival.subscriber}]

    def take(self, subscriber: str, headers: Any, body: bytes) -> tuple[HTTPStatus, float]:
        """Record a POST; answer the status and the delay to answer it with."""
        at = time.monotonic()
        with self._lock:
            status = self._answers.get(subscriber, HTTPStatus.OK)
            self._arrivals.append(
                Arrival(at, subscriber, headers["webhook-id"] or "", tuple(headers.items()), body, status)
            )
            return status, self._delays.get(subscriber, 0.0)


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # Connections are kept, as real endpoints keep them.
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, seconds = receiver.take(self.path.strip("/"), self.headers, body)
            if seconds:
                time.sleep(seconds)  # this endpoint is a slow one
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: the record says it all."""

    return Handler
