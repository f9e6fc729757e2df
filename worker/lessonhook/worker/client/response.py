"""Reads a response that may be hostile: slow, endless, packed to explode, or no HTTP at all."""

import io
import zlib
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from lessonhook.worker.client.failure import NotHttp
from lessonhook.worker.client.raw_response import RawResponse

if TYPE_CHECKING:
    import socket

#: For the status line and the headers, those of interim responses included. Sane servers send far less.
HEAD_LIMIT_BYTES: Final = 65_536
#: Either of gzip and zlib, told apart by their first bytes.
_ANY_ZLIB: Final = zlib.MAX_WBITS | 32
#: The end of a stream that was closed and not broken.
CLOSED: Final = ConnectionError("closed")
_SWITCHING_PROTOCOLS: Final = 101
_FIRST_FINAL_STATUS: Final = 200
#: Whatever their headers say (RFC 9112, section 6.3).
_WITHOUT_BODY: Final = (204, 304)


class Framing(NamedTuple):
    """How the end of a response is found (RFC 9112, section 6.3)."""

    chunked: bool
    #: Bytes of the body; None if it is chunked or lasts until the endpoint closes.
    length: int | None


class Incomplete(Exception):
    """The bytes that are there do not hold what was to be read."""


class Incoming(io.RawIOBase):
    """Received bytes as the stream that http.client reads: no more than are allowed for.

    `end` is what comes after them: None if more may come, an error to raise, or `CLOSED`.
    """

    def __init__(self, received: bytes, end: OSError | None) -> None:
        super().__init__()
        self._received = memoryview(received)
        self._end = end
        self._allowed = HEAD_LIMIT_BYTES
        #: The endpoint closed its side.
        self.ended = False
        #: More was asked for than is allowed.
        self.cut = False
        #: Bytes were read that belong to no response, or some of the response were left unread.
        self.left_over = False

    def readable(self) -> bool:
        """Return True, as a raw stream that can be read must."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read what is there. To the reader of the body, the end of what is allowed looks like the end.

        Raise Incomplete if nothing is left and more may come.
        """
        room = memoryview(cast("bytearray", buffer))[: self._allowed]
        if not room:
            self.cut = True
            return 0
        count = min(len(room), len(self._received))
        if not count:
            if self._end is None:
                raise Incomplete
            if self._end is not CLOSED:
                raise self._end
            self.ended = True
            return 0
        room[:count], self._received = self._received[:count], self._received[count:]
        self._allowed -= count
        return count

    @property
    def unread(self) -> int:
        """The bytes that http.client has not taken yet."""
        return len(self._received)

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
    """Knows what was read ahead: of the body with the head, and, when a response has ended, of what lay behind it."""

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


def read_response(received: bytes, limit_bytes: int, end: OSError | None) -> RawResponse:
    """Read one response to a POST from what has come, at most `limit_bytes` of its body.

    `end` is None while more may come, `CLOSED` if the endpoint closed its side, or the error that ended the stream
    (TimeoutError at the deadline). Raise Incomplete if more is needed, `end` or HTTPException if no status came. Once
    there is a status it decides, and what goes wrong in the body is no failure.
    """
    incoming = Incoming(received, end)
    response = HTTPResponse(cast("socket.socket", incoming), method="POST")
    try:
        _read_head(response, incoming)
        incoming.allow(max(0, limit_bytes - cast("_Buffered", response.fp).ahead()))
        beginning, complete = _read_body(response)
        beginning = beginning[:limit_bytes]
        return RawResponse(
            status=response.status,
            phrase=response.reason,
            headers=response.headers,
            beginning=_unpacked(beginning, response.headers.get("Content-Encoding", ""), limit_bytes),
            reusable=complete
            and not response.will_close
            and not incoming.left_over
            and not incoming.unread
            and _framed(response),
        )
    finally:
        response.close()


def read_framing(received: bytes) -> Framing:
    """Read the framing of the response whose head ends what has come. Raise HTTPException if it is no HTTP."""
    incoming = Incoming(received, CLOSED)
    response = HTTPResponse(cast("socket.socket", incoming), method="POST")
    try:
        _read_head(response, incoming)
        return Framing(chunked=bool(response.chunked), length=response.length)
    finally:
        response.close()


def _read_head(response: HTTPResponse, incoming: Incoming) -> None:
    """Read until a final status; interim ones (100, 102, 103) say nothing about the outcome (RFC 9110, 15.2)."""
    while True:
        try:
            response.begin()
        except (OSError, HTTPException, Incomplete, MemoryError):
            raise
        except Exception as error:
            # The parser was not written for hostile bytes: anything that it stumbles over is no HTTP.
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
        # `begin` does nothing where it has headers, so an interim response's are taken away.
        response.headers = cast("Any", None)


def _read_body(response: HTTPResponse) -> tuple[bytes, bool]:
    """Return the beginning of the body, and whether the body was read to its end."""
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
    except Incomplete:
        raise
    except Exception:  # noqa: BLE001 - the status stands, whatever the parser stumbles over in a hostile body
        return bytes(kept), False
    return bytes(kept), True


def _framed(response: HTTPResponse) -> bool:
    """Return whether there is one reading of where the response ends (RFC 9112, section 6.3)."""
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
