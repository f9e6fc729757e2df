"""A server that says that it is Redis 6.2 and knows no functions, as that one does; behind it is a real server."""

import re
import socket
import socketserver
from contextlib import suppress
from typing import Final

from lessonhook.console.processes import LOOPBACK
from tests.anomaly.resp import end_of_reply, read_command

OLD_VERSION = "6.2.14"
_CHUNK_BYTES: Final = 65_536
_UNKNOWN: Final = frozenset({b"FUNCTION", b"FCALL", b"FCALL_RO"})


class OldRedis(socketserver.ThreadingTCPServer):
    """Passes each command on and its reply back, but for functions and the version. Use it as a context."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__((LOOPBACK, 0), _Link)
        self.target_port = port

    @property
    def url(self) -> str:
        """The URL of its database 0."""
        return f"redis://{LOOPBACK}:{self.server_address[1]}/0"


class _Link(socketserver.BaseRequestHandler):
    server: OldRedis

    def handle(self) -> None:
        # A client that ends resets its connection.
        with suppress(ConnectionError), socket.create_connection((LOOPBACK, self.server.target_port)) as upstream:
            waiting = bytearray()
            while received := self.request.recv(_CHUNK_BYTES):
                waiting += received
                while command := read_command(waiting):
                    words, end = command
                    self.request.sendall(_reply(words, bytes(waiting[:end]), upstream))
                    del waiting[:end]


def _reply(words: list[bytes], command: bytes, upstream: socket.socket) -> bytes:
    name = words[0].upper()
    if name in _UNKNOWN:
        return b"-ERR unknown command `%s`, with args beginning with: \r\n" % name
    upstream.sendall(command)
    reply = bytearray()
    while end_of_reply(reply) is None:
        reply += upstream.recv(_CHUNK_BYTES)
    return _aged(bytes(reply)) if name == b"INFO" else bytes(reply)


def _aged(info: bytes) -> bytes:
    text = info.partition(b"\r\n")[2].removeprefix(b"txt:").removesuffix(b"\r\n")
    text = re.sub(rb"(?m)^(valkey_|server_)\w+:.*\r\n", b"", text)
    text = re.sub(rb"(?m)^redis_version:.*\r$", f"redis_version:{OLD_VERSION}\r".encode(), text)
    return b"$%d\r\n%s\r\n" % (len(text), text)
