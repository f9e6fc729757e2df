"""The bytes of a request, and how they are put on a socket before a deadline."""

import re
import socket
import ssl
from collections.abc import Mapping
from typing import Final

from lessonhook.worker.client.deadline import Deadline

# What ends a header early would let its value write headers of its own. Values are checked when they are saved; this
# is the last look at them, whatever way they came.
_UNSAFE: Final = re.compile(rb"[\r\n\0]")
#: One TLS record: it arrives as a whole or not at all, so that a failed first one means that nothing arrived.
_SEND_BYTES: Final = 16_384


def render_head(target: str, authority: str, headers: Mapping[str, str], length: int) -> bytes:
    """Answer the request line and the headers in their own order and case; raise ValueError for one that is unsafe."""
    lines = [f"POST {target} HTTP/1.1".encode("ascii"), f"Host: {authority}".encode("ascii")]
    for name, value in headers.items():
        lines.append(f"{name}: {value}".encode("latin-1"))
    lines.append(b"Content-Length: %d" % length)
    if any(_UNSAFE.search(line) for line in lines):
        raise ValueError("a header holds a line break or a NUL")
    return b"\r\n".join((*lines, b"", b""))


def send_all(sock: socket.socket, data: bytes, deadline: Deadline) -> None:
    """Send everything before the deadline. Raises OSError, and NothingSent if not one byte was taken."""
    view, sent = memoryview(data), 0
    while sent < len(view):
        try:
            deadline.arm(sock)
            sent += sock.send(view[sent : sent + _SEND_BYTES])
        except (ConnectionError, ssl.SSLError) as error:
            if not sent:
                raise NothingSent from error
            raise


class NothingSent(ConnectionError):  # noqa: N818 - it says what is known, which is less than an error
    """The connection was over before a byte of the request went into it: the endpoint cannot have seen any."""
