"""Connections are used again, no attempt is wasted on a dead one, and no POST goes out twice."""

import threading
from typing import Any

import pytest

from lessonhook.console.processes import wait_until
from lessonhook.ledger import Kind, Reason
from lessonhook.worker.client import Client
from lessonhook.worker.client.dial import Dialer
from lessonhook.worker.client.endpoint_connection import EndpointConnection
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.posting import MakeClient, post
from tests.support.endpoints.raw_endpoints import Endpoint, Peer, http_response, responding
from tests.support.patience import PATIENCE_SECONDS


def kept_by(client: Client) -> list[EndpointConnection]:
    """Look inside: the connections that a client keeps."""
    return list(client._exchange.idle._kept)


def test_a_thousand_posts_need_one_connection(client: Client) -> None:
    """One for each POST under way at a time, and no more."""
    with Endpoint(responding()) as endpoint:
        outcomes = {post(client, endpoint.url()).kind for _ in range(1000)}
        assert outcomes == {Kind.ACCEPTED}
        assert endpoint.connections == 1


def test_a_connection_is_found_again_by_another_thread(client: Client) -> None:
    """Which thread delivers an event is chance; the endpoint should not notice."""
    with Endpoint(responding()) as endpoint:
        for _ in range(3):
            thread = threading.Thread(target=post, args=(client, endpoint.url()))
            thread.start()
            thread.join()
        assert len(endpoint.requests) == 3
        assert endpoint.connections == 1


def test_tls_connections_are_used_again(make_client: MakeClient, trusted: Authority) -> None:
    """The session tickets of TLS 1.3, which arrive unasked, are no reason to drop one."""
    client = make_client()
    with Endpoint(responding(), context=trusted.server_context("127.0.0.1")) as endpoint:
        for _ in range(20):
            assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        assert endpoint.connections == 1


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_that_was_closed_silently_wastes_no_attempt(client: Client, *, reset: bool) -> None:
    """It is looked at right before it is used: one that has ended is left for a new one."""

    def closes_after_each(peer: Peer) -> None:
        peer.read_request()
        peer.send(http_response(b"{}"))
        if reset:
            peer.reset()

    with Endpoint(closes_after_each) as endpoint:
        for number in range(1, 6):
            assert post(client, endpoint.url()).kind is Kind.ACCEPTED
            wait_until(
                lambda: all(not kept.is_quiet() for kept in kept_by(client)),
                PATIENCE_SECONDS,
                "the end of the connection",
            )
            assert (len(endpoint.requests), endpoint.connections) == (number, number)


def test_a_kept_connection_that_ends_without_a_response_is_left_for_a_new_one(client: Client) -> None:
    """Most servers that close so have not seen the request: it goes out again, once, with the same id."""

    def responds_once_and_reads_twice(peer: Peer) -> None:
        peer.read_request()
        peer.send(http_response(b"{}"))
        peer.read_request()

    with Endpoint(responds_once_and_reads_twice) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        assert (len(endpoint.requests), endpoint.connections) == (3, 2)
        assert endpoint.requests[1] == endpoint.requests[2]
        # Its connections are not kept any more, for a while: each would end so.
        assert kept_by(client) == []


def test_a_request_is_repeated_once_at_most(client: Client) -> None:
    """A new connection that ends without a response is a failed attempt, and the schedule repeats it."""

    def responds_to_the_first(peer: Peer) -> None:
        peer.read_request()
        if endpoint.connections == 1:
            peer.send(http_response(b"{}"))
            peer.read_request()

    with Endpoint(responds_to_the_first) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        outcome = post(client, endpoint.url())
        assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.CONNECTION)
        assert (len(endpoint.requests), endpoint.connections) == (3, 2)


def test_a_response_that_breaks_off_is_never_asked_for_again(client: Client) -> None:
    """One byte of a response shows that the endpoint saw the request."""

    def breaks_off(peer: Peer) -> None:
        peer.read_request()
        peer.send(http_response(b"{}"))
        peer.read_request()
        peer.send(b"H")

    with Endpoint(breaks_off) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        assert post(client, endpoint.url()).kind is Kind.FAILED
        assert (len(endpoint.requests), endpoint.connections) == (2, 1)


def test_a_request_of_which_no_byte_was_taken_goes_out_on_a_new_connection(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reset came between the look and the first byte: nothing was sent, so sending is no repetition."""

    def resets_after_each(peer: Peer) -> None:
        peer.read_request()
        peer.send(http_response(b"{}"))
        peer.reset()

    with Endpoint(resets_after_each) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        wait_until(lambda: all(not kept.is_quiet() for kept in kept_by(client)), PATIENCE_SECONDS, "the reset")
        monkeypatch.setattr(EndpointConnection, "is_quiet", lambda _: True)
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        assert (len(endpoint.requests), endpoint.connections) == (2, 2)


def test_a_new_connection_that_takes_no_byte_either_is_a_failed_attempt(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endpoint that resets the kept connection and then the new one sent no response: that is no fault of ours."""
    connected = threading.Event()

    def resets(peer: Peer) -> None:
        if endpoint.connections == 1:
            peer.read_request()
            peer.send(http_response(b"{}"))
        else:
            connected.wait(20)
        peer.reset()

    looked_at, dialled = EndpointConnection.is_quiet, Dialer.dial

    async def dialled_and_reset(*facts: Any) -> EndpointConnection:
        connection = await dialled(*facts)
        connected.set()
        wait_until(lambda: not looked_at(connection), PATIENCE_SECONDS, "the reset of the new connection")
        return connection

    with Endpoint(resets) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        wait_until(lambda: all(not kept.is_quiet() for kept in kept_by(client)), PATIENCE_SECONDS, "the reset")
        monkeypatch.setattr(EndpointConnection, "is_quiet", lambda _: True)
        monkeypatch.setattr(Dialer, "dial", dialled_and_reset)
        outcome = post(client, endpoint.url())
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.CONNECTION)
    assert outcome.detail == "the endpoint closed the connection without a response"
    assert (len(endpoint.requests), endpoint.connections) == (1, 2)


@pytest.mark.parametrize(
    "said",
    [
        http_response(b"{}", b"Connection: close"),
        http_response(b"{}", b"Keep-Alive: timeout=1, max=5"),
        http_response(b"{}") + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        http_response(b"{}", b"Content-Length: 5"),
        http_response(b"{}", b"Transfer-Encoding: identity"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["close", "about-to-close", "a-response-too-many", "two-lengths", "two-framings", "HTTP/1.0"],
)
def test_a_connection_that_may_not_be_trusted_is_not_kept(client: Client, said: bytes) -> None:
    """If it is unclear where a response ends, the next response would be read into it."""

    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(said)

    with Endpoint(behave) as endpoint:
        for number in range(1, 3):
            assert post(client, endpoint.url()).kind is Kind.ACCEPTED
            assert kept_by(client) == []
            assert endpoint.connections == number


def test_what_tls_holds_back_is_looked_at_too(make_client: MakeClient, trusted: Authority) -> None:
    """A whole record is decrypted at once: what of it was not read lies in OpenSSL, where a socket does not show it."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 8000\r\nX: "
    # As much as is read at first, and behind it, in the same record, a response that nobody asked for.
    first = head + b"y" * (8192 - 8000 - len(head) - 4) + b"\r\n\r\n" + b"x" * 8000
    assert len(first) == 8192

    def behave(peer: Peer) -> None:
        peer.read_request()
        peer.send(first + http_response(b"forged"))
        peer.read_request()
        peer.send(http_response(b"true"))

    client = make_client()
    with Endpoint(behave, context=trusted.server_context("127.0.0.1")) as endpoint:
        assert post(client, endpoint.url()).response.startswith("xxx")
        assert post(client, endpoint.url()).response.startswith("xxx")
        assert endpoint.connections == 2


def test_a_chunked_response_leaves_its_connection_in_use(client: Client) -> None:
    """Read to its end, trailers included."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n"
    with Endpoint(responding(chunked)) as endpoint:
        for _ in range(5):
            assert post(client, endpoint.url()).response == "{}"
        assert endpoint.connections == 1


def test_an_idle_connection_is_closed_though_nothing_is_posted(client: Client) -> None:
    """A broken socket is closed, and not left to the next POST."""
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url())
        assert len(kept_by(client)) == 1
        wait_until(lambda: endpoint.closed == 1, PATIENCE_SECONDS, "the client's end of the connection")
        assert kept_by(client) == []


def test_the_end_of_an_idle_connection_is_noticed_at_once(client: Client) -> None:
    """Nothing has to be posted for it, and its socket is free again."""

    def closes(peer: Peer) -> None:
        peer.read_request()
        peer.send(http_response(b"{}"))

    with Endpoint(closes) as endpoint:
        post(client, endpoint.url())
        wait_until(lambda: kept_by(client) == [], PATIENCE_SECONDS, "the end of the connection")


def test_a_bounded_number_of_connections_is_kept(make_client: MakeClient) -> None:
    """The oldest gives way: a worker that serves thousands of endpoints does not run out of files."""
    client = make_client(worker_slots=2)
    with Endpoint(responding()) as first, Endpoint(responding()) as second, Endpoint(responding()) as third:
        for endpoint in (first, second, third):
            post(client, endpoint.url())
        assert [kept.key.port for kept in kept_by(client)] == [second.port, third.port]


def test_a_closed_client_keeps_nothing(client: Client) -> None:
    """A POST that ends after the close leaves no connection behind either."""
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url())
        client.close()
        assert kept_by(client) == []
        post(client, endpoint.url())
        assert kept_by(client) == []


def test_what_is_taken_is_taken_by_one(client: Client) -> None:
    """Two POSTs never share a connection at the same time."""
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url())
        store = client._exchange.idle
        (kept,) = kept_by(client)

        def take_twice() -> list[EndpointConnection | None]:
            return [store.take(kept.key), store.take(kept.key)]

        assert client._loop().call(take_twice) == [kept, None]
        client._loop().call(lambda: store.keep(kept))
