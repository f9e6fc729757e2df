"""Each response of an endpoint becomes an outcome with a clear reason, and never an exception."""

import gzip
import tracemalloc
import zlib

import pytest

from lessonhook.console.processes import wait_until
from lessonhook.ledger import Kind, Reason
from lessonhook.worker.client import Client
from tests.support.endpoints.posting import MakeClient, post
from tests.support.endpoints.raw_endpoints import Endpoint, Peer, http_response, responding
from tests.support.patience import PATIENCE_SECONDS

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Kind.ACCEPTED),
        (201, Kind.ACCEPTED),
        (202, Kind.ACCEPTED),
        (206, Kind.ACCEPTED),
        (299, Kind.ACCEPTED),
        (300, Kind.FAILED),
        (304, Kind.FAILED),
        (400, Kind.FAILED),
        (401, Kind.FAILED),
        (408, Kind.FAILED),
        (410, Kind.GONE),
        (417, Kind.FAILED),
        (429, Kind.THROTTLED),
        (500, Kind.FAILED),
        (503, Kind.FAILED),
        (599, Kind.FAILED),
        (999, Kind.FAILED),
    ],
)
def test_the_status_decides(client: Client, status: int, kind: Kind) -> None:
    """Any 2xx is an acceptance, 410 the end, 429 our haste; everything else is a failed attempt."""
    with Endpoint(responding(http_response(b"said", status=b"%d Word" % status))) as endpoint:
        outcome = post(client, endpoint.url())
    assert (outcome.kind, outcome.status) == (kind, status)
    assert outcome.reason is (Reason.ACCEPTED if kind is Kind.ACCEPTED else Reason.STATUS)
    assert outcome.detail.startswith("" if kind is Kind.ACCEPTED else f"{status}: ")


@pytest.mark.parametrize(("status", "seconds"), [(429, 7.0), (503, 7.0), (500, None), (301, None)])
def test_retry_after_counts_with_429_and_503(client: Client, status: int, seconds: float | None) -> None:
    """A 503 that says when is an endpoint that asks us to slow down, as a 429 does."""
    with Endpoint(responding(http_response(b"", b"Retry-After: 7", status=b"%d Word" % status))) as endpoint:
        outcome = post(client, endpoint.url())
    assert outcome.retry_after_seconds == seconds
    assert outcome.kind is (Kind.FAILED if seconds is None else Kind.THROTTLED)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        OK + b"Connection: close\r\n\r\nread until the end",
        OK + b"Transfer-Encoding: chunked\r\n\r\n4;x=y\r\nread\r\n2\r\nit\r\n0\r\nX-Trailer: 1\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nold",
        b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        OK + b"Content-Length: nonsense\r\n\r\nx",
        OK + b"Content-Length: -5\r\n\r\nx",
        OK + b"Content-Length: 100\r\n\r\ntoo short",
        OK + b"Transfer-Encoding: chunked\r\n\r\nnot a size\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        OK + b"Content-Type: text/html; charset=nonsense\r\nContent-Length: 1\r\n\r\n\xff",
        OK + b"no colon in this line\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\nX: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        + OK
        + b"Content-Length: 0\r\n\r\n",
    ],
)
def test_an_acceptance_is_one_however_it_is_framed(client: Client, raw: bytes) -> None:
    """Once a final status is there it decides: a body that cannot be read makes no failure of it."""

    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(raw)

    with Endpoint(behave) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED


def test_a_response_that_has_no_body_is_not_waited_for(client: Client) -> None:
    """Some servers announce chunks with a 204, and send none; the connection stays open."""

    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n")
        peer.hang()

    with Endpoint(behave) as endpoint:
        outcome = post(client, endpoint.url())
    assert outcome.kind is Kind.ACCEPTED
    assert outcome.seconds < 5


@pytest.mark.parametrize(
    "raw",
    [
        b"garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x16\x03\x01\x00\x05hello",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99 Low\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        OK + b"X: y\r\n" * 200 + b"\r\n",
        OK + b"X: cut in the mid",
        b"\x00" * 100_000,
        b"\r\n" * 10,
    ],
)
def test_what_is_not_http_is_a_protocol_failure(client: Client, raw: bytes) -> None:
    """Garbage, another protocol, headers without an end: `protocol`, and nothing of it in the text."""

    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(raw)

    with Endpoint(behave) as endpoint:
        outcome = post(client, endpoint.url())
    assert (outcome.kind, outcome.reason, outcome.status) == (Kind.FAILED, Reason.PROTOCOL, None)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "its first line is no status"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "it is of another version"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "it switches to a protocol that nobody asked for"),
        (OK + b"X: y\r\n" * 200 + b"\r\n", "it has too many headers"),
        (OK + b"X: cut in the mid", "its headers are cut off or too long"),
        (OK + b"X: " + b"y" * 70_000, "its headers are cut off or too long"),
    ],
)
def test_the_text_says_what_is_not_http_about_it(client: Client, raw: bytes, why: str) -> None:
    """The endpoint's owner reads it; the response is not quoted."""

    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(raw)

    with Endpoint(behave) as endpoint:
        assert post(client, endpoint.url()).detail == f"what came back is not HTTP/1.1: {why}"


def test_a_connection_that_is_closed_without_a_response_is_its_own_reason(client: Client) -> None:
    """`connection`: an orderly end or a reset, before a byte of a response."""

    def closes(peer: Peer) -> None:
        peer.read_request()

    def resets(peer: Peer) -> None:
        peer.read_request()
        peer.reset()

    for behave in (closes, resets):
        with Endpoint(behave) as endpoint:
            outcome = post(client, endpoint.url())
        assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.CONNECTION)
        assert outcome.detail == "the endpoint closed the connection without a response"


def test_a_port_that_nobody_listens_at_is_refused(client: Client) -> None:
    """`refused`, at once."""
    with Endpoint(responding()) as endpoint:
        url = endpoint.url()
    outcome = post(client, url)
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.REFUSED)


def test_an_early_response_to_a_large_request_counts(client: Client) -> None:
    """An endpoint may respond before it has read everything, and close."""

    def refuses_early(peer: Peer) -> None:
        peer.send(http_response(b"too large", b"Connection: close", status=b"413 Too Large"))
        while peer.sock.recv(65_536):
            pass

    with Endpoint(refuses_early) as endpoint:
        outcome = post(client, endpoint.url(), body=b"x" * 1_000_000)
    assert (outcome.kind, outcome.status) == (Kind.FAILED, 413)


def test_no_more_of_a_body_is_read_than_the_limit(make_client: MakeClient) -> None:
    """An endless response costs the limit, and is over before the deadline; the connection is not used again."""
    client = make_client(response_limit_bytes=10_000, request_deadline_seconds=20)

    def never_ends(peer: Peer) -> None:
        peer.read_request()
        peer.send(OK + b"Content-Length: 1000000000\r\n\r\n")
        while True:
            peer.send(b"x" * 1000)

    with Endpoint(never_ends) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        wait_until(lambda: endpoint.closed == 1, PATIENCE_SECONDS, "the client's end of the connection")
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        assert endpoint.connections == 2


def test_a_limit_of_nothing_reads_no_body(make_client: MakeClient) -> None:
    """The status still counts."""
    client = make_client(response_limit_bytes=0)
    with Endpoint(responding(http_response(b"x" * 100))) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_packed_response_is_read_and_a_bomb_costs_no_memory(client: Client, pack: object) -> None:
    """We ask for none; sent all the same, it is unpacked as far as its beginning is shown, and no further."""
    assert callable(pack)
    bomb = pack(b"unpacked " * 6_000_000)
    coding = b"gzip" if pack is gzip.compress else b"deflate"
    with Endpoint(responding(http_response(bomb, b"Content-Encoding: " + coding))) as endpoint:
        post(client, endpoint.url())
        tracemalloc.start()
        outcome = post(client, endpoint.url())
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert outcome.kind is Kind.ACCEPTED
    assert outcome.response.startswith("unpacked unpacked")
    assert peak_bytes < 1_000_000


def test_the_beginning_of_the_response_is_kept_for_people(client: Client) -> None:
    """At most 200 characters, on one line, with nothing that a terminal would obey."""
    said = b"Bad\r\n  \x1b[31mtoken\x1b[0m \xe2\x80\xae " + b"x" * 1000
    with Endpoint(responding(http_response(said, status=b"401 Unauthorized"))) as endpoint:
        outcome = post(client, endpoint.url())
    assert outcome.response.startswith("Bad [31mtoken [0m xxx")
    assert len(outcome.response) == 200
    assert outcome.detail.startswith("401: the endpoint wants a credential: neither an Authorization value nor")


def test_what_was_sent_is_masked_where_it_is_echoed(client: Client) -> None:
    """Credentials, the keys in the URL's query and the learner's data must not reach a log by an endpoint's echo."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    def echoes(peer: Peer) -> None:
        peer.send(http_response(peer.read_request() + secret.encode(), status=b"500 Oops"))

    with Endpoint(echoes) as endpoint:
        url = endpoint.url("/in?sig=MARK%2fquery&x=1")
        outcome = post(client, url, authorization="Token  MARK-token ", signing_secret=secret)
    assert "POST /in?" in outcome.response
    for mark in ("MARK", "MfKQ9r8", "Sampleson", "sample@company.com"):
        assert mark not in outcome.response


def test_a_fault_of_our_own_is_an_outcome_too(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """The last net: a crash is logged by its type and place, never its text, and the endpoint is not charged."""
    with Endpoint(responding()) as endpoint:
        outcome = post(client, endpoint.url(), body=None)  # type: ignore[arg-type] # the fault
    assert (outcome.kind, outcome.reason) == (Kind.CRASHED, Reason.CRASH)
    assert outcome.detail == "a fault of the worker's own (TypeError)"
    assert "must be bytes" not in caplog.text
