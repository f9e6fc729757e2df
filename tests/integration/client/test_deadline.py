"""The whole exchange has one deadline, wherever an endpoint spends the time."""

import math
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from lessonhook.ledger import Kind, Outcome, Reason
from lessonhook.worker.client import Client, dial, streams
from lessonhook.worker.client.endpoint_connection import READS_AT_ONCE, TIMES_ITS_COST
from lessonhook.worker.client.readiness import until_readable, until_writable
from lessonhook.worker.client.streams import PlainStream, TlsStream
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.name_service import NameService
from tests.support.endpoints.posting import MakeClient, post
from tests.support.endpoints.raw_endpoints import Behaviour, Endpoint, Peer, http_response, responding
from tests.support.endpoints.ticket_flood import TicketFlood

Wait = Callable[[socket.socket], Awaitable[None]]

#: Enough for what has to happen first on a busy machine: a connection, or the beginning of a response.
DEADLINE_SECONDS = 1.5
#: A bound for a hang: these endpoints go on for minutes. What goes on after a deadline, `tests.fuzz` measures.
GRACE_SECONDS = 30.0
#: Longer than what ends for another reason takes.
FAR_SECONDS = 60.0


def hangs_before_responding(peer: Peer) -> None:
    """Take the request and say nothing."""
    peer.read_request()
    peer.hang()


def hangs_without_reading(peer: Peer) -> None:
    """Not even take the request."""
    peer.hang()


def drips_the_status_line(peer: Peer) -> None:
    """Send a byte at a time, each of them in time by itself."""
    peer.read_request()
    peer.drip(b"HTTP/1.1 200 OK" + b" " * 10_000)


def drips_headers(peer: Peer) -> None:
    """Send a status at once, then headers without an end."""
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    peer.drip(b"y" * 10_000)


def repeats_interim_responses(peer: Peer) -> None:
    """Send `100 Continue` again and again, fewer times than are too many."""
    peer.read_request()
    while not peer.stopping.wait(0.2):
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")


SLOW: dict[str, Behaviour] = {
    behaviour.__name__: behaviour
    for behaviour in (
        hangs_before_responding,
        hangs_without_reading,
        drips_the_status_line,
        drips_headers,
        repeats_interim_responses,
    )
}


def timed_post(client: Client, url: str, **options: Any) -> tuple[Outcome, float]:
    """Make an attempt; return its outcome, and its duration by the clock of the test."""
    started = time.monotonic()
    outcome = post(client, url, **options)
    return outcome, time.monotonic() - started


@pytest.mark.parametrize("behaviour", SLOW)
def test_an_endpoint_that_gives_no_status_in_time_is_cut(make_client: MakeClient, behaviour: str) -> None:
    """Each byte may come in time by itself; the sum may not: cut at the deadline."""
    client = make_client(request_deadline_seconds=DEADLINE_SECONDS)
    with Endpoint(SLOW[behaviour]) as endpoint:
        outcome, seconds = timed_post(client, endpoint.url())
    assert (outcome.kind, outcome.reason, outcome.status) == (Kind.FAILED, Reason.TIMEOUT, None)
    assert outcome.detail == "no response within 1.5 s"
    assert DEADLINE_SECONDS * 0.9 < seconds < DEADLINE_SECONDS + GRACE_SECONDS


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 100000\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nffff\r\n",
        b"Connection: close\r\n\r\n",
    ],
    ids=["length", "chunked", "until-close"],
)
def test_a_body_that_never_ends_is_cut_and_the_status_stands(make_client: MakeClient, head: bytes) -> None:
    """The endpoint has said 200: sending again would only repeat what it took. What came of the body is kept."""

    def drips_its_body(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\n" + head + b"begun ")
        peer.drip(b"x" * 10_000)

    client = make_client(request_deadline_seconds=DEADLINE_SECONDS)
    with Endpoint(drips_its_body) as endpoint:
        outcome, seconds = timed_post(client, endpoint.url())
    assert (outcome.kind, outcome.status) == (Kind.ACCEPTED, 200)
    assert outcome.response.startswith("begun x")
    assert seconds < DEADLINE_SECONDS + GRACE_SECONDS


def test_a_large_request_that_is_not_read_is_cut(make_client: MakeClient) -> None:
    """Sending counts too: more than the sockets' buffers hold, to an endpoint that reads nothing."""
    client = make_client(request_deadline_seconds=DEADLINE_SECONDS)
    with Endpoint(hangs_without_reading) as endpoint:
        outcome, seconds = timed_post(client, endpoint.url(), body=b"x" * 20_000_000)
    assert outcome.reason is Reason.TIMEOUT
    assert seconds < DEADLINE_SECONDS + GRACE_SECONDS


def test_a_tls_handshake_that_hangs_is_cut(make_client: MakeClient) -> None:
    """The connection is open, and no TLS comes of it."""
    client = make_client(request_deadline_seconds=DEADLINE_SECONDS)
    with Endpoint(hangs_without_reading) as endpoint:
        outcome, seconds = timed_post(client, f"https://127.0.0.1:{endpoint.port}/")
    assert outcome.reason is Reason.TIMEOUT
    assert "TLS" in outcome.detail
    assert seconds < DEADLINE_SECONDS + GRACE_SECONDS


def test_a_tls_endpoint_that_drips_is_cut(make_client: MakeClient, trusted: Authority) -> None:
    """Under TLS the bytes are counted against the same deadline."""
    client = make_client(request_deadline_seconds=DEADLINE_SECONDS)
    with Endpoint(drips_headers, context=trusted.server_context("127.0.0.1")) as endpoint:
        outcome, seconds = timed_post(client, endpoint.url())
    assert outcome.reason is Reason.TIMEOUT
    assert seconds < DEADLINE_SECONDS + GRACE_SECONDS


@pytest.mark.parametrize("encrypted", [False, True])
def test_an_endpoint_that_sends_byte_by_byte_is_read_ever_more_slowly(
    make_client: MakeClient, trusted: Authority, monkeypatch: pytest.MonkeyPatch, *, encrypted: bool
) -> None:
    """Each read costs the loop that all POSTs share, so an endpoint must not choose how many there are."""
    stream = TlsStream if encrypted else PlainStream
    reads, read = 0, stream.read

    def count(self: Any) -> bytes:
        nonlocal reads
        reads += 1
        return read(self)

    def sends_at_once(peer: Peer) -> None:
        peer.read_request()
        peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.send(b"HTTP/1.1 200 OK\r\nX: ")
        while not peer.stopping.is_set():
            peer.send(b"x")

    monkeypatch.setattr(stream, "read", count)
    client = make_client(request_deadline_seconds=DEADLINE_SECONDS)
    context = trusted.server_context("127.0.0.1") if encrypted else None
    with Endpoint(sends_at_once, context=context) as endpoint:
        started = time.monotonic()
        outcome = post(client, endpoint.url())
        seconds = time.monotonic() - started
    assert outcome.kind is Kind.FAILED
    # After n more reads the waits add up to n * (n + 1) / 2 milliseconds, so they have no time for more than this.
    assert reads <= READS_AT_ONCE + math.isqrt(int(2_000 * seconds)) + 1


@pytest.mark.parametrize("encrypted", [False, True])
def test_an_endpoint_whose_reads_cost_much_is_read_seldom(
    make_client: MakeClient, trusted: Authority, monkeypatch: pytest.MonkeyPatch, *, encrypted: bool
) -> None:
    """What TLS costs beside the data has a bound, and must not be spent in one piece: all POSTs would wait for it."""
    stream = TlsStream if encrypted else PlainStream
    reads, read, cost = 0, stream.read, 0.01

    def costs(self: Any) -> bytes:
        nonlocal reads
        reads += 1
        try:
            return read(self)
        finally:
            self.last_cost_seconds = cost

    def sends_at_once(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nX: ")
        while not peer.stopping.is_set():
            peer.send(b"x" * 20_000)

    monkeypatch.setattr(stream, "read", costs)
    client = make_client(request_deadline_seconds=DEADLINE_SECONDS)
    context = trusted.server_context("127.0.0.1") if encrypted else None
    with Endpoint(sends_at_once, context=context) as endpoint:
        started = time.monotonic()
        outcome = post(client, endpoint.url())
        seconds = time.monotonic() - started
    assert outcome.kind is Kind.FAILED
    assert reads <= 1 + seconds / (cost * TIMES_ITS_COST)


def test_a_tls_endpoint_that_floods_is_cut(
    make_client: MakeClient, trusted: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Session tickets are no data: a read of OpenSSL's goes on for as long as more of them lie there."""
    monkeypatch.setattr(streams, "LOOP_SECONDS", math.inf)
    client = make_client(request_deadline_seconds=DEADLINE_SECONDS)
    context = trusted.server_context("127.0.0.1")
    with Endpoint(TicketFlood(context, tmp_path), context=context) as endpoint:
        outcome, seconds = timed_post(client, endpoint.url())
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TIMEOUT)
    assert outcome.detail == "no response within 1.5 s"
    assert DEADLINE_SECONDS * 0.9 < seconds < DEADLINE_SECONDS + GRACE_SECONDS


@contextmanager
def full_listener() -> Iterator[str]:
    """Yield the URL of a listener whose queue is full: what comes after it is dropped, as by a firewall."""
    with ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(4):
            filler = opened.enter_context(socket.socket())
            filler.settimeout(0)
            filler.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}/"


def test_a_connection_that_is_not_taken_is_cut_at_the_connect_timeout(make_client: MakeClient) -> None:
    """An endpoint that is there takes a connection in far less than the whole deadline."""
    client = make_client(connect_timeout_seconds=0.3, request_deadline_seconds=20)
    with full_listener() as url:
        outcome, seconds = timed_post(client, url)
    assert outcome.reason is Reason.TIMEOUT
    assert outcome.detail == "the endpoint took no connection within 0.3 s"
    assert seconds < 0.3 + GRACE_SECONDS


def stands_still(seconds: float, wait_for: Wait = until_writable) -> Wait:
    """Return a wait for a socket in which the worker's process does not run for so long at first."""
    stood_still = False

    async def wait(sock: socket.socket) -> None:
        nonlocal stood_still
        if not stood_still:
            stood_still = True
            # Nothing can be waited for, because nothing happens.
            time.sleep(seconds)  # noqa: ASYNC251  # to block the loop is what it is for
        await wait_for(sock)

    return wait


def test_a_worker_that_stands_still_while_it_connects_charges_nobody(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a process that is stopped, or a machine that swaps: the deadline came while nobody looked."""
    monkeypatch.setattr(dial, "until_writable", stands_still(3.0))
    client = make_client(connect_timeout_seconds=0.3, request_deadline_seconds=20)
    with full_listener() as url:
        outcome, _ = timed_post(client, url)
    assert outcome.kind is Kind.NOT_STARTED
    assert outcome.detail.startswith("this worker stood still for ")


def test_a_connection_that_came_while_the_worker_stood_still_is_used(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop finds it and the end of its time together, and the endpoint was in time."""
    monkeypatch.setattr(dial, "until_writable", stands_still(0.5))
    client = make_client(connect_timeout_seconds=0.3, request_deadline_seconds=GRACE_SECONDS)
    with Endpoint(responding()) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_deadline_that_is_over_before_anything_was_sent_charges_nobody(
    make_client: MakeClient, trusted: Authority, monkeypatch: pytest.MonkeyPatch, *, encrypted: bool
) -> None:
    """The connection came in time. For the handshake, or for the request itself, no time is left.

    The lease lets the deadline move by 25 ms.
    """
    monkeypatch.setattr(dial, "until_writable", stands_still(0.5))
    client = make_client(request_deadline_seconds=0.3, lease_margin_seconds=0.2)
    context = trusted.server_context("127.0.0.1") if encrypted else None
    with Endpoint(responding(), context=context) as endpoint:
        outcome = post(client, endpoint.url())
    assert outcome.kind is Kind.NOT_STARTED
    assert outcome.detail.startswith("this worker stood still for ")


@pytest.mark.parametrize("step", ["until_writable", "until_readable"])
def test_the_time_in_which_the_worker_stands_still_is_not_the_endpoints(
    make_client: MakeClient, trusted: Authority, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """While it connects, and while it shakes hands: the endpoint has the rest of its time, and no attempt is spent."""
    monkeypatch.setattr(dial, step, stands_still(1.8, getattr(dial, step)))
    client = make_client(connect_timeout_seconds=1.5, request_deadline_seconds=GRACE_SECONDS)
    with Endpoint(responding(), context=trusted.server_context("127.0.0.1")) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED


def test_an_endpoint_that_says_nothing_before_and_after_a_stand_still_is_charged(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that stands still now and then would otherwise never give up an endpoint that hangs."""
    monkeypatch.setattr(dial, "until_readable", stands_still(0.5, until_readable))
    client = make_client(connect_timeout_seconds=0.3, request_deadline_seconds=GRACE_SECONDS)
    with Endpoint(hangs_without_reading) as endpoint:
        outcome, seconds = timed_post(client, f"https://127.0.0.1:{endpoint.port}/")
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TIMEOUT)
    assert outcome.detail == "the endpoint did not finish the TLS handshake within 0.3 s"
    assert seconds < GRACE_SECONDS


def test_a_response_that_the_worker_had_no_time_to_read_to_its_status_counts(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came while the worker stood still, past the deadline, and is longer than one read."""

    def responds_at_length(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 " + b"200 OK\r\nX: " + b"x" * 60_000 + b"\r\nContent-Length: 0\r\n\r\n")

    read, slept = PlainStream.read, False

    def stands_still_first(self: PlainStream) -> bytes:
        nonlocal slept
        if not slept:
            slept = True
            time.sleep(1.0)  # to block the loop is what it is for
        return read(self)

    monkeypatch.setattr(PlainStream, "read", stands_still_first)
    client = make_client(request_deadline_seconds=0.8)
    with Endpoint(responds_at_length) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED


def test_a_name_service_that_hangs_is_left_behind(make_client: MakeClient, names: NameService) -> None:
    """`getaddrinfo` cannot be interrupted, so it runs where nobody has to wait for it; one thread for one name."""
    names.hanging.add("slow.example")
    client = make_client(connect_timeout_seconds=0.3)
    for _ in range(3):
        outcome, seconds = timed_post(client, "http://slow.example/")
        assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.DNS)
        assert outcome.detail == "slow.example was not resolved within 0.3 s"
        assert seconds < 0.3 + GRACE_SECONDS
    assert names.asked == ["slow.example"]


def test_a_hanging_name_does_not_keep_others_waiting(make_client: MakeClient, names: NameService) -> None:
    """Names are looked up side by side."""
    names.hanging.add("slow.example")
    names.addresses["quick.example"] = [["127.0.0.1"]]
    client = make_client(connect_timeout_seconds=0.3)
    post(client, "http://slow.example/")
    with Endpoint(responding()) as endpoint:
        assert post(client, endpoint.url(host="quick.example")).kind is Kind.ACCEPTED


def test_a_post_may_have_a_deadline_of_its_own(client: Client) -> None:
    """A worker whose lease is nearly over asks for less than the setting."""
    with Endpoint(hangs_before_responding) as endpoint:
        outcome, seconds = timed_post(client, endpoint.url(), deadline_seconds=0.2)
    assert outcome.detail == "no response within 0.2 s"
    assert seconds < 0.2 + GRACE_SECONDS


def test_a_response_in_time_has_its_duration(client: Client) -> None:
    """The attempt log shows it."""
    with Endpoint(responding(http_response(b"ok"))) as endpoint:
        outcome, seconds = timed_post(client, endpoint.url())
    assert 0 < outcome.seconds <= seconds
