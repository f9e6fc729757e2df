"""Collects what comes of a response, piece by piece, until it is worth reading.

A hostile endpoint may send a byte at a time, so that nothing here starts anew with each piece: the end of the head is
searched for from where the last search ended, and http.client reads each response twice at most.
"""

import re
from dataclasses import replace
from typing import Final, NoReturn

from lessonhook.worker.client.failure import NotHttp
from lessonhook.worker.client.raw_response import RawResponse
from lessonhook.worker.client.response import (
    CLOSED,
    HEAD_LIMIT_BYTES,
    Framing,
    Incomplete,
    read_framing,
    read_response,
)
from lessonhook.worker.client.response_fast_path import read_fast

_HEAD_END: Final = re.compile(rb"\n\r?\n")
#: Nothing else is a status, see `_refuse_status`.
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.\S*\s+([0-9]{3})(?=\s)")
_SWITCHING_PROTOCOLS: Final = b"101"
#: A line of a chunk's size; http.client refuses longer ones.
_SIZE_LINE_BYTES: Final = 65_536
#: Interim responses (100, 102, 103) of one response. A server sends one or two; each costs http.client 20 microseconds.
INTERIM_LIMIT: Final = 16
#: Chunks of a body, its trailer's lines among them, that are read. 64 KiB of chunks of one byte cost 28 ms, in which no
#: other POST goes on; these cost about 1 ms. What follows is not read, as beyond the limit of bytes.
CHUNK_LIMIT: Final = 512


class ResponseReader:
    """The response to one POST, of whose body at most `limit_bytes` are read."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._received = bytearray()
        #: Where the head begins that is looked at: behind the interim ones (100, 102, 103).
        self._head = 0
        self._interim = 0
        #: Up to where the end of that head was searched for.
        self._searched = 0
        #: Where the body begins; 0 before that is known.
        self._body = 0
        self._framing: Framing | None = None
        self._chunks: _Chunks | None = None
        #: Less than this is not worth another look, after one that came too soon.
        self._enough = 0

    @property
    def begun(self) -> bool:
        """Whether a byte of the response has come."""
        return bool(self._received)

    def feed(self, data: bytes) -> RawResponse | None:
        """Take what came and return the response once it is whole. Raise HTTPException for what is no HTTP."""
        if not self._received and (plain := read_fast(data, self._limit_bytes)):
            self._received += data
            return plain
        self._received += data
        if len(self._received) < self._enough or not self._is_whole():
            return None
        if self._chunks is not None and self._chunks.too_many:
            beginning = read_response(bytes(self._received[: self._chunks.at]), self._limit_bytes, CLOSED)
            return replace(beginning, reusable=False)
        received = bytes(self._received)
        try:
            return read_fast(received, self._limit_bytes) or read_response(received, self._limit_bytes, None)
        except Incomplete:
            # The scan below and http.client disagree about some oddity: look again when a good deal more has come.
            self._enough = 2 * len(self._received)
            return None

    def end(self, error: OSError | None) -> RawResponse:
        """Return what there is when the stream has ended: by the endpoint's close (None), an error, or the deadline.

        Raise the error, or HTTPException, if there is no status.
        """
        return read_response(bytes(self._received), self._limit_bytes, error or CLOSED)

    def _is_whole(self) -> bool:
        """Whether the response can be read now: to its end, to the limit, or to what is wrong with it."""
        if not self._body and not self._find_body():
            return len(self._received) >= HEAD_LIMIT_BYTES
        came = len(self._received) - self._body
        if came >= self._limit_bytes:
            return True
        if self._chunks is not None:
            return self._chunks.is_whole(self._received)
        length = self._framing.length if self._framing else None
        return length is not None and came >= length

    def _find_body(self) -> bool:
        """Look for the end of the final head; return True once it is there. Raise HTTPException if it has no status."""
        while True:
            line_end = self._received.find(b"\n", self._head)
            if line_end < 0:
                return False
            status = _STATUS_LINE.match(self._received, self._head)
            if status is None:
                self._refuse_status(line_end + 1)
            end = _HEAD_END.search(self._received, max(self._head, self._searched))
            if end is None:
                # The end may be half there.
                self._searched = max(self._head, len(self._received) - 2)
                return False
            if not status[1].startswith(b"1") or status[1] == _SWITCHING_PROTOCOLS:
                self._frame(end.end())
                return True
            self._head = self._searched = end.end()
            self._interim += 1
            if self._interim > INTERIM_LIMIT:
                raise NotHttp(f"over {INTERIM_LIMIT} interim responses came before it")

    def _refuse_status(self, end: int) -> NoReturn:
        """Raise what http.client says of the status line.

        It takes "+200" and "2_00" for numbers. What it would read behind such a line has not been looked at here, so no
        limit of chunks would hold.
        """
        read_framing(bytes(self._received[self._head : end]) + b"\r\n")
        raise NotHttp("its status is not a number of three digits")

    def _frame(self, body: int) -> None:
        self._body = body
        self._framing = read_framing(bytes(self._received[self._head : body]))
        if self._framing.chunked:
            self._chunks = _Chunks(body)


class _Chunks:
    """Where a chunked body ends (RFC 9112, section 7.1); what is malformed counts as its end."""

    def __init__(self, start: int) -> None:
        #: Where the next line begins.
        self.at = start
        self._in_trailer = False
        self._lines = 0
        #: Whether there are more chunks than are read.
        self.too_many = False

    def is_whole(self, received: bytearray) -> bool:
        """Whether the last chunk and its trailer, or too many, are there; goes on from where it was the last time."""
        while self._lines < CHUNK_LIMIT:
            end = received.find(b"\n", self.at)
            if end < 0:
                return len(received) - self.at > _SIZE_LINE_BYTES
            line = bytes(received[self.at : end]).strip()
            if self._in_trailer:
                self._went_on(end + 1)
                if not line:
                    return True
                continue
            try:
                size = int(line.partition(b";")[0], 16)
            except ValueError:
                return True
            if size <= 0:
                self._in_trailer = True
                self._went_on(end + 1)
                continue
            following = end + 1 + size + len(b"\r\n")
            if len(received) < following:
                return False
            self._went_on(following)
        self.too_many = True
        return True

    def _went_on(self, at: int) -> None:
        self.at = at
        self._lines += 1
