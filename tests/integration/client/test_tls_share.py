"""TLS has a share of the loop's processor time, which all POSTs have in common, and no endpoint takes more of it."""

import gc
import time
from pathlib import Path
from typing import Final

import pytest

from lessonhook.ledger import Kind, Reason
from lessonhook.worker.client.streams import LOOP_SECONDS, TlsStream
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.posting import MakeClient, post
from tests.support.endpoints.raw_endpoints import Endpoint, Peer, responding
from tests.support.endpoints.ticket_flood import TicketFlood

#: Longer than what ends for another reason takes.
FAR_SECONDS: Final = 60.0


def test_a_tls_endpoint_that_floods_costs_the_loop_its_share_alone(
    make_client: MakeClient, trusted: Authority, tmp_path: Path
) -> None:
    """The deadline is far: what ends it is the processor time that the loop has spent."""
    client = make_client(request_deadline_seconds=FAR_SECONDS)
    context = trusted.server_context("127.0.0.1")
    with Endpoint(TicketFlood(context, tmp_path), context=context) as endpoint:
        outcome = post(client, endpoint.url())
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TLS)
    assert outcome.detail == "the endpoint makes TLS too costly"


def test_a_handshake_that_never_gets_on_costs_the_loop_its_share_alone(make_client: MakeClient) -> None:
    """HelloRequest (RFC 5246, section 7.4.1.1) is ignored within a handshake, however often it comes."""

    def asks_again_and_again(peer: Peer) -> None:
        peer.sock.recv(65_536)
        while not peer.stopping.is_set():
            peer.send(b"\x16\x03\x03\x40\x00" + bytes(16_384))

    client = make_client(connect_timeout_seconds=FAR_SECONDS, request_deadline_seconds=FAR_SECONDS)
    with Endpoint(asks_again_and_again) as endpoint:
        outcome = post(client, endpoint.url().replace("http:", "https:"))
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TLS)
    assert outcome.detail == "the endpoint makes TLS too costly"


def test_each_request_on_a_kept_connection_has_the_share_anew(
    make_client: MakeClient, trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a connection that is kept for long would be ended for what all its responses cost together."""
    client = make_client()
    with Endpoint(responding(), context=trusted.server_context("127.0.0.1")) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        counted: list[float] = []
        count = TlsStream._count

        def note(self: TlsStream, began: float, **data: int) -> None:
            counted.append(self._spent)
            count(self, began, **data)

        monkeypatch.setattr(TlsStream, "_count", note)
        for _ in range(3):
            assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        assert len(endpoint.requests) == 4
    # Of each request its first read begins at nothing; a handshake would have begun at nothing too, but has more steps.
    assert counted.count(0.0) >= 3


@pytest.mark.parametrize("collects", [True, False])
def test_a_collection_of_the_heap_is_no_cost_of_the_endpoint(
    make_client: MakeClient, trusted: Authority, monkeypatch: pytest.MonkeyPatch, *, collects: bool
) -> None:
    """With a large heap CPython takes longer for it than TLS may cost, and any step may be the one that begins it."""
    receive = TlsStream._receive

    def costly(self: TlsStream) -> None:
        ends = time.thread_time() + 2 * LOOP_SECONDS
        while time.thread_time() < ends:
            pass
        if collects:
            gc.collect()
        receive(self)

    monkeypatch.setattr(TlsStream, "_receive", costly)
    client = make_client(connect_timeout_seconds=FAR_SECONDS, request_deadline_seconds=FAR_SECONDS)
    with Endpoint(responding(), context=trusted.server_context("127.0.0.1")) as endpoint:
        outcome = post(client, endpoint.url())
    assert outcome.reason is (Reason.ACCEPTED if collects else Reason.TLS)
