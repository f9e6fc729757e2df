"""No bytes that an endpoint can send get past the reader of responses: a status, or one of two families of errors."""

import gzip
import zlib
from collections.abc import Callable, Sequence
from http.client import HTTPException
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lessonhook.worker.client.raw_response import RawResponse
from lessonhook.worker.client.response import read_framing, read_response
from lessonhook.worker.client.response_fast_path import read_fast
from lessonhook.worker.client.response_reader import ResponseReader

LIMIT = 65_536
#: What hostile responses are put together from: half of it HTTP, half of it nearly.
PIECES = (
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n",
    b"HTTP/1.0 503 Busy\n",
    b"HTTP/9.9 -1 \xff\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 99999999999999999999999\r\n",
    b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Connection: close\r\n",
    b": no name\r\n",
    b" folded\r\n",
    b"X\x00Y: \x80\r\n",
    b"\r\n",
    b"\n",
    b"0\r\n\r\n",
    b"5\r\nhello\r\n",
    b"-1\r\n",
    b"ffffffffffffffffffff\r\n",
    b"5;ext=\xff\r\n",
    b"\x1f\x8b\x08\x00",
    b"hello",
)
#: What plain responses are put together from, and what makes them less plain.
PLAIN_PIECES = (
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 404 \r\n",
    b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.1 103 Early Hints\r\n",
    b"Content-Length: 5\r\n",
    b"content-length:0\r\n",
    b"Connection: Keep-Alive\r\n",
    b"Connection: close\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"X-Odd :  two  blanks \r\n",
    b"X-Empty:\r\n",
    b"\r\n",
    b"hello",
)


def read(raw: bytes, limit: int = LIMIT, pieces: Sequence[bytes] = ()) -> RawResponse | None:
    """Return what is read of these bytes, and of their stream's end; None for a failure that the client knows."""
    reader = ResponseReader(limit)
    try:
        for piece in pieces or [raw]:
            if piece and (response := reader.feed(piece)):
                return response
        return reader.end(None)
    except (OSError, HTTPException):
        return None


def facts(response: RawResponse | None) -> tuple[object, ...] | None:
    """Return what a response says, to compare two."""
    if response is None:
        return None
    return response.status, response.phrase, dict(response.headers.items()), response.beginning


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=14).map(b"".join))
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx")
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx")
def test_any_bytes_come_to_a_status_or_a_known_failure(raw: bytes) -> None:
    """Found by this: a chunk of 2**64-1 bytes makes http.client raise OverflowError."""
    response = read(raw)
    assert response is None or (200 <= response.status <= 999 and len(response.beginning) <= LIMIT)


@given(st.binary(max_size=3000), st.sampled_from([b"", b"gzip", b"deflate", b"br"]))
def test_any_body_leaves_the_status_alone(body: bytes, coding: bytes) -> None:
    """A body is for people to look at; it cannot turn an acceptance into a failure."""
    head = b"HTTP/1.1 202 Accepted\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding, len(body))
    response = read(head + body)
    assert response is not None
    assert response.status == 202
    assert response.reusable
    if not coding:
        assert response.beginning == body


def test_the_end_of_what_may_be_read_is_the_end_of_the_body() -> None:
    """Counted in bytes on the wire: what chunks are wrapped in counts too."""
    response = read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 10_000, 1000)
    assert response is not None
    assert 100 < len(response.beginning) <= 1000
    assert not response.reusable


@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=14).map(b"".join),
    st.lists(st.integers(min_value=1, max_value=40), max_size=60),
)
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", [38, 1, 1, 1])
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", [1] * 60)
@example(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello", [24, 3, 20])
def test_how_a_response_is_cut_into_pieces_changes_nothing(raw: bytes, sizes: list[int]) -> None:
    """A network cuts where it likes. Only what came behind a response depends on when its end was there."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(raw[at : at + size])
        at += size
    pieces.append(raw[at:])
    assert facts(read(raw, pieces=pieces)) == facts(read(raw))


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: a\r\nContent-Type: b\r\n\r\nhello",
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["plain", "two-types", "bare-newlines", "chunks", "no-body", "interim"],
)
def test_a_response_is_whole_with_its_last_byte_and_not_before(raw: bytes) -> None:
    """Nobody waits for the end of the connection, or for a byte that does not come."""
    reader = ResponseReader(LIMIT)
    for byte in raw[:-1]:
        assert reader.feed(bytes([byte])) is None
    assert reader.feed(raw[-1:]) is not None


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/2 200\r\n", b"x" * 70_000])
def test_what_is_no_http_is_refused_as_soon_as_that_shows(raw: bytes) -> None:
    """The peer may wait for us for as long as the deadline lets it."""
    with pytest.raises(HTTPException):
        ResponseReader(LIMIT).feed(raw)


def test_a_body_that_comes_byte_by_byte_is_read_once() -> None:
    """However an endpoint drips, its response is parsed twice at most: for its framing, and for what it says."""
    reader = ResponseReader(LIMIT)
    raw = b"HTTP/1.1 200 OK\r\nX: 1\r\nX: 2\r\nContent-Length: 3000\r\n\r\n" + b"x" * 3000
    with (
        patch("lessonhook.worker.client.response_reader.read_response", side_effect=read_response) as read_whole,
        patch("lessonhook.worker.client.response_reader.read_framing", side_effect=read_framing) as read_head,
    ):
        whole = [response for byte in raw if (response := reader.feed(bytes([byte])))]
    assert len(whole) == read_whole.call_count == read_head.call_count == 1


@pytest.mark.parametrize("limit", [0, 10, 9_000, LIMIT])
@pytest.mark.parametrize(
    ("coding", "pack"), [(b"identity", bytes), (b"gzip", gzip.compress), (b"deflate", zlib.compress)]
)
def test_no_limit_is_exceeded_by_what_is_kept(limit: int, coding: bytes, pack: Callable[[bytes], bytes]) -> None:
    """Neither by what came with the head, nor unpacked; to zlib, a limit of 0 would be none."""
    body = pack(b"x" * 10_000_000)[:20_000]
    response = read(b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\n\r\n" % coding + body, limit)
    assert response is not None
    assert len(response.beginning) <= limit
    if limit > 100:
        assert response.beginning.startswith(b"xxx")


def test_a_body_is_whole_at_the_limit() -> None:
    """What came with the head is part of what may be read, and the rest is not waited for."""
    reader = ResponseReader(20_000)
    assert reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 19_999) is None
    response = reader.feed(b"x")
    assert response is not None
    assert len(response.beginning) == 20_000
    assert not response.reusable


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n" + b"X: y\r\n" * 20_000,
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["trailers-without-an-end", "a-body-where-there-is-none"],
)
def test_a_connection_on_which_a_response_may_go_on_is_not_used_again(raw: bytes) -> None:
    """What is still to come would be read as the beginning of the next response."""
    response = read(raw)
    assert response is not None
    assert not response.reusable


@given(st.lists(st.sampled_from(PLAIN_PIECES), max_size=8).map(b"".join))
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
def test_a_plain_response_is_read_as_the_general_reader_reads_it(raw: bytes) -> None:
    """What the pattern takes for a whole response, http.client takes for the same one."""
    plain = read_fast(raw, LIMIT)
    if plain is None:
        return
    with patch("lessonhook.worker.client.response_reader.read_fast", return_value=None):
        general = read(raw)
    assert general is not None
    assert (general.status, general.phrase, general.beginning) == (plain.status, plain.phrase, plain.beginning)
    assert dict(general.headers.items()) == dict(plain.headers.items())
    assert general.reusable


def test_the_response_of_an_ordinary_endpoint_is_plain() -> None:
    """Date, Server and the like make no difference; case, blanks and an empty reason neither."""
    response = read_fast(b"HTTP/1.1 201 \r\ndate: today\r\nServer:x  \r\ncontent-length: 2\r\n\r\n{}", LIMIT)
    assert response is not None
    assert (response.status, response.phrase, response.headers["Server"], response.beginning) == (201, "", "x", b"{}")
