"""A company whose endpoint has a private authority and demands a client certificate, with a real worker."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.raw_endpoints import Endpoint, Peer, http_response, values_of
from tests.support.people.house import House


class Gate:
    """An endpoint that lets in the clients of one authority, and notes which name brought which event."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []

    def __call__(self, peer: Peer) -> None:
        """Note each request of one connection."""
        assert isinstance(peer.sock, ssl.SSLSocket)
        subject: Any = (peer.sock.getpeercert() or {})["subject"]
        while True:
            [event_id] = values_of(peer.read_request(), "webhook-id")
            self.events.append((subject[0][0][1], event_id.decode()))
            peer.send(http_response(b"{}"))


@pytest.fixture
def authorities(tmp_path: Path) -> tuple[Authority, Authority]:
    """Return the authority of an endpoint, and that of its clients."""
    return Authority(tmp_path / "servers"), Authority(tmp_path / "clients")


def test_each_subscriber_is_let_in_by_its_own_certificate(
    house: House, authorities: tuple[Authority, Authority]
) -> None:
    """Two companies at one host and port: each event comes on a connection of its own company."""
    servers, clients = authorities
    gate = Gate()
    with Endpoint(gate, context=servers.demanding_context("127.0.0.1", clients_of=clients)) as endpoint:
        customers = [house.customer() for _ in range(2)]
        for customer in customers:
            customer.subscribe(
                callback_url=endpoint.url(),
                client_certificate=clients.client_certificate(customer.name),
                ca_bundle=servers.pem,
            )
        expected = [(customer.name, customer.publish()) for _ in range(10) for customer in customers]
        for customer in customers:
            customer.wait_for(delivered=10)
    assert sorted(gate.events) == sorted(expected)


def test_a_renewed_certificate_cures_the_backlog(house: House, authorities: tuple[Authority, Authority]) -> None:
    """One of the wrong authority is refused, which pauses the subscriber; the next fresh event brings all of them."""
    servers, clients = authorities
    gate = Gate()
    with Endpoint(gate, context=servers.demanding_context("127.0.0.1", clients_of=clients)) as endpoint:
        customer = house.customer()
        saved: dict[str, Any] = {"callback_url": endpoint.url(), "ca_bundle": servers.pem}
        customer.subscribe(**saved, client_certificate=servers.client_certificate("wrong"))
        published = [customer.publish()]
        state = customer.wait_for(paused=True)
        assert state.delivered == 0
        [*_, last] = house.ledger.events.attempts(customer.name, published[0])
        assert "refused the client certificate" in last.detail
        customer.subscribe(**saved, client_certificate=clients.client_certificate("right"))
        published.append(customer.publish())
        customer.wait_for(delivered=2)
    assert sorted(gate.events) == sorted(("right", event_id) for event_id in published)
