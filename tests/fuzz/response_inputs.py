"""Responses as the search varies them: valid ones, broken in places, sent in pieces of any size, slowly or at once."""

import gzip
import zlib
from dataclasses import dataclass
from random import Random
from typing import Final

_HEADS: Final = (
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n",
    b"HTTP/1.1 429 Too Many\r\nRetry-After: 99999999999999999999\r\n",
    b"HTTP/1.1 503 No\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
    b"HTTP/1.1 +200 OK\r\n",
    b"HTTP/2 200\r\n",
    b"ICY 200 OK\r\n",
)
_HEADERS: Final = (
    b"Content-Length: 5\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: deflate\r\n",
    b"Connection: close\r\n",
    b"Content-Type: application/json\r\n",
    b" folded\r\n",
    b"no colon\r\n",
    b"X: " + b"a" * 70_000 + b"\r\n",
    b"X: \xff\xfe\x00\r\n",
    b"X: y\r\n" * 200,
)
_BODIES: Final = (
    b"",
    b"hello",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"1;" + b"e" * 20_000 + b"\r\na\r\n0\r\n\r\n",
    b"1\r\na\r\n" * 20_000,
    b"ffffffffffffffff\r\n" + b"a" * 10_000,
    gzip.compress(b"a" * 10_000_000),
    zlib.compress(b"\x00" * 10_000_000),
    b'{"a":' * 10_000,
    b"sample@company.com" * 5_000,
    b"&amp;%41\\u0041+" * 5_000,
    b"a" * 1_000_000,
)


@dataclass(frozen=True)
class Response:
    """What the endpoint writes, a piece after the other with a pause between them, and whether it then closes."""

    pieces: tuple[bytes, ...]
    pause_seconds: float
    closes: bool

    def __str__(self) -> str:
        """Return its size, its rhythm and its beginning."""
        size = sum(map(len, self.pieces))
        return (
            f"{size} bytes in {len(self.pieces)}, {self.pause_seconds:g} s between, closes={self.closes}, "
            f"{b''.join(self.pieces)[:90]!r}"
        )


def random_response(random: Random) -> Response:
    """Make a response: some valid parts in an order that mostly makes sense, with a few bytes changed."""
    data = b"".join(random.choices(_HEADS, k=random.choice((1, 1, 1, 2, 50))))
    data += b"".join(random.choices(_HEADERS, k=random.randint(0, 4))) + random.choice((b"\r\n", b"\r\n", b"\n", b""))
    data += random.choice(_BODIES)
    if random.random() < 0.5:
        data = _changed(data, random)
    drips = random.random() < 0.1
    size = 1 if drips else random.choice((1_000, 65_536, max(1, len(data))))
    data = data[:200] if drips else data
    pieces = tuple(data[at : at + size] for at in range(0, len(data), size)) or (b"",)
    return Response(pieces, 0.05 if drips else 0.0, closes=random.random() < 0.5)


def _changed(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(changed) + 1)
        what = random.choice((b"\r\n", b"\x00", b":", bytes([random.randrange(256)]), b"\r\n\r\n", b"0"))
        changed[at : at + random.randint(0, 3)] = what
    return bytes(changed)
