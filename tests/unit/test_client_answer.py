"""No bytes that an endpoint can send get past the reader of answers: a status, or one of two families of errors."""

import gzip
import socket
import zlib
from collections.abc import Callable
from http.client import HTTPException
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lessonhook.worker.client.answer import Answer, read_answer
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.plain_answer import read_plain

LIMIT = 65_536
#: What hostile answers are put together from: half of it HTTP, half of it nearly.
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
#: What plain answers are put together from, and what makes them less plain.
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


def read(raw: bytes, limit: int = LIMIT) -> Answer | None:
    """Answer what is read of these bytes, None for a failure that the client knows."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(raw)
        theirs.shutdown(socket.SHUT_WR)
        try:
            return read_answer(ours, Deadline(20), limit)
        except (OSError, HTTPException):
            return None


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=14).map(b"".join))
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx")
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx")
def test_any_bytes_come_to_a_status_or_a_known_failure(raw: bytes) -> None:
    """Found by this: a chunk of 2**64-1 bytes makes http.client raise OverflowError."""
    answer = read(raw)
    assert answer is None or (200 <= answer.status <= 999 and len(answer.beginning) <= LIMIT)


@given(st.binary(max_size=3000), st.sampled_from([b"", b"gzip", b"deflate", b"br"]))
def test_any_body_leaves_the_status_alone(body: bytes, coding: bytes) -> None:
    """A body is for people to look at; it cannot turn an acceptance into a failure."""
    head = b"HTTP/1.1 202 Accepted\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding, len(body))
    answer = read(head + body)
    assert answer is not None
    assert answer.status == 202
    assert answer.reusable
    if not coding:
        assert answer.beginning == body


def test_the_end_of_what_may_be_read_is_the_end_of_the_body() -> None:
    """Counted in bytes on the wire: what chunks are wrapped in counts too."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        theirs.sendall(b"1\r\nx\r\n" * 10_000)
        answer = read_answer(ours, Deadline(20), 1000)
        assert 100 < len(answer.beginning) <= 1000
        assert not answer.reusable
        assert len(ours.recv(1_000_000)) > 40_000


@pytest.mark.parametrize("limit", [0, 10, 9_000, LIMIT])
@pytest.mark.parametrize(
    ("coding", "pack"), [(b"identity", bytes), (b"gzip", gzip.compress), (b"deflate", zlib.compress)]
)
def test_no_limit_is_exceeded_by_what_is_kept(limit: int, coding: bytes, pack: Callable[[bytes], bytes]) -> None:
    """Neither by what came with the head, nor unpacked; to zlib, a limit of 0 would be none."""
    body = pack(b"x" * 10_000_000)[:20_000]
    answer = read(b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\n\r\n" % coding + body, limit)
    assert answer is not None
    assert len(answer.beginning) <= limit
    if limit > 100:
        assert answer.beginning.startswith(b"xxx")


def test_no_byte_of_a_body_is_received_beyond_the_limit() -> None:
    """What came with the head is part of what may be read."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000)
        assert len(read_answer(ours, Deadline(20), 20_000).beginning) == 20_000
        rest = b""
        while len(rest) < 80_000:
            rest += ours.recv(100_000)
    assert len(rest) == 80_000


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n" + b"X: y\r\n" * 20_000,
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ids=["trailers-without-an-end", "a-body-where-there-is-none"],
)
def test_a_connection_on_which_an_answer_may_go_on_is_not_used_again(raw: bytes) -> None:
    """What is still to come would be read as the beginning of the next answer."""
    answer = read(raw)
    assert answer is not None
    assert not answer.reusable


@given(st.lists(st.sampled_from(PLAIN_PIECES), max_size=8).map(b"".join))
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
def test_a_plain_answer_is_read_as_the_general_reader_reads_it(raw: bytes) -> None:
    """What the pattern takes for a whole answer, http.client takes for the same one."""
    plain = read_plain(raw, LIMIT)
    if plain is None:
        return
    with patch("lessonhook.worker.client.answer.read_plain", return_value=None):
        general = read(raw)
    assert general is not None
    assert (general.status, general.phrase, general.beginning) == (plain.status, plain.phrase, plain.body)
    assert dict(general.headers.items()) == dict(plain.headers.items())
    assert general.reusable


def test_the_answer_of_an_ordinary_endpoint_is_plain() -> None:
    """Date, Server and the like make no difference; case, blanks and an empty reason neither."""
    answer = read_plain(b"HTTP/1.1 201 \r\ndate: today\r\nServer:x  \r\ncontent-length: 2\r\n\r\n{}", LIMIT)
    assert answer is not None
    assert (answer.status, answer.phrase, answer.headers["Server"], answer.body) == (201, "", "x", b"{}")
