"""Reads an answer that may be hostile: slow, endless, packed to explode, or no HTTP at all."""

import io
import socket
import zlib
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import Final, cast

from requests.structures import CaseInsensitiveDict

from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.failure import NotHttp
from lessonhook.worker.client.plain_answer import read_plain

#: For the status line, the headers and those of interim answers; servers that are in their right mind send far less.
HEAD_LIMIT_BYTES: Final = 65_536
#: Either of gzip and zlib, told apart by their first bytes.
_ANY_ZLIB: Final = zlib.MAX_WBITS | 32
#: A plain answer is shorter, and comes in one piece.
_FIRST_BYTES: Final = 8_192
_SWITCHING_PROTOCOLS: Final = 101
_FIRST_FINAL_STATUS: Final = 200
#: Whatever their headers say (RFC 9112, section 6.3).
_WITHOUT_BODY: Final = (204, 304)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. The status decides; of the body as much is kept as may be read, unpacked no more than that."""

    status: int
    phrase: str
    headers: HTTPMessage | CaseInsensitiveDict[str]
    beginning: bytes
    #: Read to its end, with nothing behind it: the connection may be used again.
    reusable: bool


class Incoming(io.RawIOBase):
    """A socket's bytes: no more than are allowed for, none after the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline
        self._allowed = HEAD_LIMIT_BYTES
        #: Received, and to be read before anything else.
        self._ahead = b""
        #: The endpoint closed its side.
        self.ended = False
        #: More was asked for than is allowed.
        self.cut = False
        #: Bytes were read that belong to no answer, or some of the answer were left unread.
        self.left_over = False

    def readable(self) -> bool:
        """Say that it can be read, as a raw stream must."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read what is there. To the reader of the body, the end of what is allowed looks like the end."""
        room = memoryview(cast("bytearray", buffer))[: self._allowed]
        if not room:
            self.cut = True
            return 0
        if self._ahead:
            count = min(len(room), len(self._ahead))
            room[:count], self._ahead = self._ahead[:count], self._ahead[count:]
            self._allowed -= count
            return count
        # Before each read, what remains of the whole: a timeout that is set once starts anew with every byte.
        self._deadline.arm(self._sock)
        count = self._sock.recv_into(room)
        self._allowed -= count
        self.ended = not count
        return count

    def first(self) -> bytes:
        """Receive what comes first, and answer it; it is there to be read nevertheless."""
        self._deadline.arm(self._sock)
        self._ahead = self._sock.recv(_FIRST_BYTES)
        return self._ahead

    def allow(self, count: int) -> None:
        """Allow this much from here on."""
        self._allowed = count
        self.cut = False

    @property
    def exhausted(self) -> bool:
        """All that was allowed has been read."""
        return self._allowed <= 0

    def makefile(self, mode: str) -> io.BufferedReader:
        """Be the socket that an `HTTPResponse` takes its file from."""
        del mode
        return _Buffered(self)


class _Buffered(io.BufferedReader):
    """Knows what was read ahead: of the body with the head, and, when an answer has ended, of what lay behind it."""

    def ahead(self) -> int:
        """Count the bytes that were received and are to be read; after that none is received before it is allowed."""
        cast("Incoming", self.raw).allow(0)
        return len(self.peek(1))

    def close(self) -> None:
        if not self.closed:
            incoming = cast("Incoming", self.raw)
            cut = incoming.cut
            incoming.left_over = bool(self.ahead()) or cut
        super().close()


def read_answer(sock: socket.socket, deadline: Deadline, limit_bytes: int) -> Answer:
    """Read one answer to a POST, at most `limit_bytes` of its body.

    Raises OSError (TimeoutError at the deadline) or HTTPException if no status came. Once there is one it decides,
    and what goes wrong in the body is no failure.
    """
    incoming = Incoming(sock, deadline)
    plain = read_plain(incoming.first(), limit_bytes)
    if plain is not None:
        return Answer(plain.status, plain.phrase, plain.headers, plain.body, reusable=True)
    response = HTTPResponse(cast("socket.socket", incoming), method="POST")
    try:
        _read_head(response, incoming)
        incoming.allow(max(0, limit_bytes - cast("_Buffered", response.fp).ahead()))
        beginning, complete = _read_body(response)
        beginning = beginning[:limit_bytes]
        return Answer(
            status=response.status,
            phrase=response.reason,
            headers=response.headers,
            beginning=_unpacked(beginning, response.headers.get("Content-Encoding", ""), limit_bytes),
            reusable=complete and not response.will_close and not incoming.left_over and _framed(response),
        )
    finally:
        response.close()


def _read_head(response: HTTPResponse, incoming: Incoming) -> None:
    """Read until a final status; interim ones (100, 102, 103) say nothing about the outcome (RFC 9110, 15.2)."""
    while True:
        try:
            response.begin()
        except (OSError, HTTPException):
            raise
        except Exception as error:
            # The parser was not written for bytes that mean it harm: whatever it stumbles over is no HTTP.
            raise NotHttp("its headers cannot be read") from error
        # http.client takes the end of the connection for the end of the headers.
        if incoming.ended or incoming.exhausted:
            raise NotHttp("its headers are cut off or too long")
        if response.status == _SWITCHING_PROTOCOLS:
            raise NotHttp("it switches to a protocol that nobody asked for")
        if response.status >= _FIRST_FINAL_STATUS:
            if response.status in _WITHOUT_BODY:
                # http.client would wait for the chunks that some servers announce all the same.
                response.chunked = False
            return
        # `begin` does nothing where it has headers, so an interim answer's are taken away.
        response.headers = cast("HTTPMessage", None)


def _read_body(response: HTTPResponse) -> tuple[bytes, bool]:
    """Answer the beginning of the body, and whether the body was read to its end."""
    kept = bytearray()
    try:
        while not response.isclosed():
            if response.length == 0:
                response.read()
                break
            # What has come already, and not what was announced: of a body that stops halfway the first half is kept.
            available = len(response.peek(1))
            if response.isclosed():
                break
            data = response.read(available)
            if not data:
                return bytes(kept), False
            kept += data
    except Exception:  # noqa: BLE001 - the status stands, whatever the parser stumbles over in a hostile body
        return bytes(kept), False
    return bytes(kept), True


def _framed(response: HTTPResponse) -> bool:
    """Tell whether there is one reading of where the answer ends (RFC 9112, section 6.3)."""
    lengths = response.headers.get_all("Content-Length", [])
    codings = response.headers.get_all("Transfer-Encoding", [])
    if response.status in _WITHOUT_BODY:
        return not codings
    return len(lengths) + len(codings) <= 1 and all(coding.lower() == "chunked" for coding in codings)


def _unpacked(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """Unpack the beginning of a body, no further than to the size that may be read."""
    if not body or encoding.lower() in {"", "identity"}:
        return body
    # To zlib, a limit of 0 is none.
    if not limit_bytes:
        return b""
    if encoding.lower() not in {"gzip", "x-gzip", "deflate"}:
        return b""
    try:
        return zlib.decompressobj(_ANY_ZLIB).decompress(body, limit_bytes)
    except zlib.error:
        return b""
