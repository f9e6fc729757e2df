"""What a hostile response costs the worker's loop, counted in calls of functions: a slow machine changes none."""

import sys
from http.client import HTTPException
from types import FrameType
from typing import Any

import pytest

from lessonhook.worker.client.response_reader import CHUNK_LIMIT, INTERIM_LIMIT, ResponseReader

LIMIT = 65_536
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
INTERIM = b"HTTP/1.1 100 \r\n\r\n"
#: Calls of Python's and C's functions. The costliest response took 13,000 of them, some 2 ms; before there were bounds,
#: 64 KiB of tiny chunks took 270,000.
CALLS_LIMIT = 20_000
#: Each is as large as the bytes that are read.
COSTLY = {
    "interim responses": INTERIM * 4_000,
    "chunks of a byte": CHUNKED + b"1\r\na\r\n" * 11_000,
    "chunks with extensions": CHUNKED + b"1;x\r\na\r\n" * 8_000,
    "chunks with bare line feeds": CHUNKED + b"1\na\r\n" * 13_000,
    "a trailer": CHUNKED + b"0\r\n" + b"a:\r\n" * 16_000,
    "headers": OK + b"a:\r\n" * 16_000,
    "folded headers": OK + b"a: b\r\n" + b" c\r\n" * 16_000,
    "colons in a header": OK + b"a" + b":" * 65_000 + b"\r\n\r\n",
    "parameters of a media type": OK + b"Content-Type: a/b" + b";a=b" * 16_000 + b"\r\n\r\n",
    "digits of a length": OK + b"Content-Length: " + b"9" * 65_000 + b"\r\n\r\n",
    "digits of a chunk": CHUNKED + b"1" * 65_000 + b"\r\n",
}


def read(data: bytes, size: int = 16_384) -> Any:
    """Return what comes of a response that arrives in pieces of `size` bytes, or the error."""
    reader = ResponseReader(LIMIT)
    try:
        for start in range(0, len(data), size):
            if response := reader.feed(data[start : start + size]):
                return response
        return reader.end(None)
    except HTTPException as error:
        return error


#: http.client and the search for the end of a head read some of these differently.
ODD_STATUSES = {
    "a sign": b"HTTP/1.1 +200 OK\r\n",
    "an underscore": b"HTTP/1.1 2_00 OK\r\n",
    "a no-break space": b"HTTP/1.1\xa0200 OK\r\n",
    "a separator": b"HTTP/1.1 200\x1cOK\r\n",
    "a separator before": b"HTTP/1.1\x1c200 100 OK\r\n",
    "another version": b"HTTP/1.9 200\r\n",
    "an interim response before a sign": INTERIM + b"HTTP/1.1 +200 OK\r\n",
}


@pytest.mark.parametrize("status", ODD_STATUSES)
@pytest.mark.parametrize("body", ["chunks of a byte", "a trailer", "headers"])
def test_no_odd_status_opens_a_costlier_way(status: str, body: str) -> None:
    """What is read as a response by one part and not by the other would pass the limits of both."""
    assert _calls(COSTLY[body].replace(OK, ODD_STATUSES[status], 1)) < CALLS_LIMIT


@pytest.mark.parametrize("status", ["a sign", "an underscore"])
def test_a_status_is_three_digits(status: str) -> None:
    """Python reads a number from others too."""
    found = read(ODD_STATUSES[status] + b"Content-Length: 0\r\n\r\n")
    assert str(found) == "its status is not a number of three digits"


@pytest.mark.parametrize("name", COSTLY)
def test_no_response_costs_many_calls(name: str) -> None:
    """All POSTs share one loop, so a company could slow down all others by what its endpoint responds."""
    assert _calls(COSTLY[name]) < CALLS_LIMIT


def _calls(data: bytes) -> int:
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        read(data)
    finally:
        sys.setprofile(before)
    return calls


def test_the_beginning_of_many_chunks_is_kept_and_the_status_stands() -> None:
    """What follows is not read, so the connection cannot be used again."""
    response = read(CHUNKED + b"1\r\na\r\n" * (CHUNK_LIMIT + 1) + b"0\r\n\r\n")
    assert (response.status, response.beginning, response.reusable) == (200, b"a" * CHUNK_LIMIT, False)


def test_a_body_of_a_few_hundred_chunks_is_read_whole() -> None:
    """Some frameworks write a chunk for each line of a template."""
    response = read(CHUNKED + b"1\r\na\r\n" * (CHUNK_LIMIT - 2) + b"0\r\n\r\n")
    assert (response.beginning, response.reusable) == (b"a" * (CHUNK_LIMIT - 2), True)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_too_many_interim_responses_are_no_response(size: int) -> None:
    """However they arrive; as many as the limit precede one that counts."""
    fine = INTERIM * INTERIM_LIMIT + OK + b"Content-Length: 0\r\n\r\n"
    assert read(fine, size).status == 200
    assert "interim" in str(read(INTERIM + fine, size))
