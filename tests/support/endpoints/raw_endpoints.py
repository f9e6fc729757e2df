"""Endpoints of raw TCP: they keep the very bytes that came, and misbehave below HTTP, where `Receiver` cannot."""

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

_CONTENT_LENGTH = re.compile(rb"\r\nContent-Length: ([0-9]+)\r\n", re.IGNORECASE)
#: For an endpoint that waits for bytes that never come; a test that gets here has failed already.
_PATIENCE_SECONDS = 20.0


class Peer:
    """The endpoint's side of one connection."""

    def __init__(self, endpoint: "Endpoint", sock: socket.socket) -> None:
        self.sock = sock
        self._endpoint = endpoint

    def read_request(self) -> bytes:
        """Read one request, head and body, and record it; raise EOFError if the client is done."""
        data = bytearray()
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._read()
        length = _CONTENT_LENGTH.search(data, 0, end + 2)
        whole = end + 4 + (int(length[1]) if length else 0)
        while len(data) < whole:
            data += self._read()
        self._endpoint.requests.append(bytes(data))
        return bytes(data)

    def _read(self) -> bytes:
        if data := self.sock.recv(65_536):
            return data
        raise EOFError

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self.sock.sendall(data)

    def drip(self, data: bytes, *, every_seconds: float = 0.05) -> None:
        """Send one byte at a time, until all are sent or the test is over."""
        for byte in data:
            if self.stopping.wait(every_seconds):
                return
            self.send(bytes([byte]))

    @property
    def stopping(self) -> threading.Event:
        """Set when the test is over."""
        return self._endpoint.stopping

    def hang(self) -> None:
        """Neither send nor close until the test is over."""
        self.stopping.wait(_PATIENCE_SECONDS)

    def reset(self) -> None:
        """Close with a reset in place of an orderly end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


#: What an endpoint does with one connection; when it returns, the connection is closed.
Behaviour = Callable[[Peer], None]


class Endpoint:
    """A server on the loopback that does with each connection what it was told."""

    def __init__(
        self, behaviour: Behaviour, *, context: ssl.SSLContext | None = None, address: str = "127.0.0.1"
    ) -> None:
        self.behaviour = behaviour
        #: What came, byte for byte, one item a request.
        self.requests: list[bytes] = []
        self.connections = 0
        #: Connections that this side has closed.
        self.closed = 0
        self.stopping = threading.Event()
        self._context = context
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, 0), family=family, backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._host = f"[{address}]" if ":" in address else address
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def url(self, target: str = "/", *, host: str | None = None) -> str:
        """Return a URL of it, under its address or under another name for that."""
        scheme = "https" if self._context else "http"
        return f"{scheme}://{host or self._host}:{self.port}{target}"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stopping.set()
        # Closing alone does not wake a thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(_PATIENCE_SECONDS)
        self._open.add(sock)
        # The client may go away, or refuse our certificate, at any moment: that is what it is tested for.
        with contextlib.suppress(OSError, EOFError), contextlib.ExitStack() as closing:
            closing.callback(self._open.discard, sock)
            closing.enter_context(sock)
            if self._context is not None:
                secured = closing.enter_context(self._context.wrap_socket(sock, server_side=True))
                closing.callback(self._open.discard, secured)
                self._open.add(secured)
                sock = secured
            self.behaviour(Peer(self, sock))
        self.closed += 1


def http_response(body: bytes = b"", *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """Return the bytes of a plain HTTP/1.1 response."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"", b""]) + body


def responding(*responses: bytes) -> Behaviour:
    """Keep each connection and send these in turn, the last one again and again."""

    def behave(peer: Peer) -> None:
        for each in _then_the_last(responses or (http_response(b"{}"),)):
            peer.read_request()
            peer.send(each)

    return behave


def _then_the_last(responses: tuple[bytes, ...]) -> Iterator[bytes]:
    yield from responses
    while True:
        yield responses[-1]


def head_of(request: bytes) -> list[bytes]:
    """Return the request line and the header lines as they came."""
    return request.partition(b"\r\n\r\n")[0].split(b"\r\n")


def values_of(request: bytes, name: str) -> list[bytes]:
    """Return every value of a header, exactly as it came, whatever the case of its name."""
    lines = (line.partition(b": ") for line in head_of(request)[1:])
    return [value for key, _, value in lines if key.lower() == name.lower().encode()]
