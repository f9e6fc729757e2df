"""The companies' endpoints, written to cost little: one thread, no HTTP library, connections kept.

It is not the console's receiver, which takes a thread for each connection and parses with the standard library: on the
few processors that the workers share with it, that would be measured as the workers' own cost.

Run as `python -m bench.receiver PORT TLS_PORT FOLDER`. `POST /NAME` is an arrival at a company; `GET /-/…` asks, or
tells what to do. The second port is the same by TLS; FOLDER gets `authority.pem`, which signed its certificate.
"""

import heapq
import itertools
import json
import re
import selectors
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Any, Final

from lessonhook.console.processes import LOOPBACK
from tests.support.endpoints.certificates import Authority

_ACCEPTED: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"
_DOWN: Final = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_EVENT_ID: Final = re.compile(rb"\r\nwebhook-id: ([^\r]*)\r\n", re.IGNORECASE)
_READ_BYTES: Final = 65_536
_SEND_SECONDS: Final = 10.0


class Connection:
    """A client's connection and what has come of its next request."""

    __slots__ = ("received", "sock")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = b""


class Receiver:
    """Accepts everything at once, but for the companies that it is told of."""

    def __init__(self, port: int, tls_port: int, context: ssl.SSLContext) -> None:
        self._selector = selectors.DefaultSelector()
        for each, tls in ((port, None), (tls_port, context)):
            listener = socket.create_server((LOOPBACK, each), backlog=1024)
            listener.settimeout(0)
            self._selector.register(listener, selectors.EVENT_READ, tls)
        #: Responses to send later: when, a number that keeps the order, to whom.
        self._later: list[tuple[float, int, Connection]] = []
        self._numbers = itertools.count()
        self._reset()

    def _reset(self) -> None:
        self._times: list[float] = []
        self._ids: list[str] = []
        self._posts: dict[str, int] = {}
        self._hanging: frozenset[str] = frozenset()
        self._down: frozenset[str] = frozenset()
        self._slow: dict[str, float] = {}
        self._connections = 0

    def run(self) -> None:
        """Serve until the process is ended."""
        while True:
            timeout = max(0.0, self._later[0][0] - time.monotonic()) if self._later else None
            for key, _ in self._selector.select(timeout):
                if isinstance(key.data, Connection):
                    self._read(key.data)
                else:
                    self._accept(key.fileobj, key.data)
            while self._later and self._later[0][0] <= time.monotonic():
                self._send(heapq.heappop(self._later)[2], _ACCEPTED)

    def _accept(self, listener: Any, context: ssl.SSLContext | None) -> None:
        sock, _ = listener.accept()
        sock.settimeout(0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            # The first reads are the handshake.
            sock = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._connections += 1
        self._selector.register(sock, selectors.EVENT_READ, Connection(sock))

    def _read(self, connection: Connection) -> None:
        try:
            data = connection.sock.recv(_READ_BYTES)
            while isinstance(connection.sock, ssl.SSLSocket) and connection.sock.pending():
                data += connection.sock.recv(_READ_BYTES)
        except ssl.SSLWantReadError:
            return
        except OSError:
            data = b""
        if not data:
            self._selector.unregister(connection.sock)
            connection.sock.close()
            return
        received = connection.received + data if connection.received else data
        end = received.find(b"\r\n\r\n")
        length = _LENGTH.search(received, 0, end + 2) if end >= 0 else None
        if end < 0 or len(received) < end + 4 + (int(length[1]) if length else 0):
            connection.received = received
            return
        connection.received = b""
        self._take(connection, received, end)

    def _take(self, connection: Connection, request: bytes, end: int) -> None:
        method, target, _ = request[: request.index(b"\r\n")].split(b" ", 2)
        company = target[1:].decode()
        if method == b"GET":
            self._send(connection, self._told(company, request[end + 4 :]))
            return
        event_id = _EVENT_ID.search(request, 0, end + 2)
        self._times.append(time.monotonic())
        self._ids.append(event_id[1].decode() if event_id else "")
        if company in self._hanging:
            self._posts[company] = self._posts.get(company, 0) + 1
        elif company in self._down:
            self._posts[company] = self._posts.get(company, 0) + 1
            self._send(connection, _DOWN)
        elif company in self._slow:
            due = time.monotonic() + self._slow[company]
            heapq.heappush(self._later, (due, next(self._numbers), connection))
        else:
            self._send(connection, _ACCEPTED)

    @staticmethod
    def _send(connection: Connection, response: bytes) -> None:
        try:
            sent = connection.sock.send(response)
            if sent < len(response):
                # Only what the benchmark itself asks for is ever so long.
                connection.sock.settimeout(_SEND_SECONDS)
                connection.sock.sendall(response[sent:])
                connection.sock.settimeout(0)
        except OSError:
            # The client went away; its next read, which is its end, drops it.
            pass

    def _told(self, command: str, body: bytes) -> bytes:
        facts: dict[str, Any] = {}
        if command == "-/reset":
            self._reset()
        elif command == "-/behave":
            told = json.loads(body)
            self._hanging, self._down = frozenset(told["hanging"]), frozenset(told["down"])
            self._slow = told["slow"]
        elif command == "-/count":
            facts = {"count": len(self._times)}
        elif command == "-/arrivals":
            facts = {"times": self._times, "ids": self._ids}
        elif command == "-/facts":
            facts = {
                "connections": self._connections,
                "posts_to_failing": self._posts,
                "cpu_seconds": time.process_time(),
            }
        document = json.dumps(facts).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(document) + document


if __name__ == "__main__":
    authority = Authority(Path(sys.argv[3]))
    Receiver(int(sys.argv[1]), int(sys.argv[2]), authority.server_context(LOOPBACK)).run()
