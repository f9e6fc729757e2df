"""TLS verifies the name that was written, by SNI and by the certificate, though an address is connected to."""

import ssl

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lessonhook.ledger import Kind, Reason
from lessonhook.worker.client import Client
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.name_service import NameService
from tests.support.endpoints.posting import MakeClient, post
from tests.support.endpoints.raw_endpoints import Endpoint, Peer, http_response, responding


def test_the_name_is_sent_and_verified(make_client: MakeClient, trusted: Authority, names: NameService) -> None:
    """A server of many names shows the certificate of the one that was asked for; a last dot is not part of it."""
    names.addresses = {"hooks.example": [["127.0.0.1"]], "hooks.example.": [["127.0.0.1"]]}
    context = trusted.server_context("hooks.example")
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    client = make_client()
    with Endpoint(responding(), context=context) as endpoint:
        assert post(client, endpoint.url(host="hooks.example")).kind is Kind.ACCEPTED
        assert post(client, endpoint.url(host="hooks.example.")).kind is Kind.ACCEPTED
    assert asked == ["hooks.example", "hooks.example"]


def test_a_certificate_may_be_for_an_address(make_client: MakeClient, trusted: Authority) -> None:
    """An endpoint in a private network may have no name."""
    client = make_client()
    with Endpoint(responding(), context=trusted.server_context("127.0.0.1")) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED


def test_a_certificate_of_another_name_is_refused(
    make_client: MakeClient, trusted: Authority, names: NameService
) -> None:
    """Nothing of the request is sent, and the text says which certificate it was."""
    names.addresses["hooks.example"] = [["127.0.0.1"]]
    client = make_client()
    with Endpoint(responding(), context=trusted.server_context("other.example", "127.0.0.1")) as endpoint:
        outcome = post(client, endpoint.url(host="hooks.example"))
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TLS)
    assert "not valid for 'hooks.example'" in outcome.detail
    assert endpoint.requests == []


def test_an_expired_certificate_is_refused(make_client: MakeClient, trusted: Authority) -> None:
    """And said so, since it is the endpoint's owner who has to act."""
    client = make_client()
    with Endpoint(responding(), context=trusted.server_context("127.0.0.1", expired=True)) as endpoint:
        outcome = post(client, endpoint.url())
    assert outcome.reason is Reason.TLS
    assert "expired" in outcome.detail
    assert endpoint.requests == []


def test_a_port_of_plain_http_is_named_as_such(make_client: MakeClient) -> None:
    """Most often https:// stands before a port that is for http://. A certificate has nothing to do with it."""
    client = make_client()

    def refuse_a_handshake(peer: Peer) -> None:
        peer.sock.recv(65_536)
        peer.send(http_response(status=b"400 Bad Request"))

    with Endpoint(refuse_a_handshake) as endpoint:
        outcome = post(client, endpoint.url().replace("http://", "https://"))
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TLS)
    assert "that port does not speak TLS" in outcome.detail


def test_an_unknown_authority_is_refused(client: Client, authority: Authority) -> None:
    """Self-signed, or signed by nobody who is trusted."""
    with Endpoint(responding(), context=authority.server_context("127.0.0.1")) as endpoint:
        outcome = post(client, endpoint.url())
    assert outcome.reason is Reason.TLS
    assert "a private authority signed it: save its certificate as the subscription's ca_bundle" in outcome.detail
    assert endpoint.requests == []


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_missing_intermediate_certificate_is_named(
    make_client: MakeClient, trusted: Authority, *, is_sent: bool
) -> None:
    """Browsers fetch what an endpoint does not send, so its owner believes that all is well."""
    client = make_client()
    with Endpoint(responding(), context=trusted.below().server_context("127.0.0.1", with_chain=is_sent)) as endpoint:
        outcome = post(client, endpoint.url())
    if is_sent:
        assert outcome.kind is Kind.ACCEPTED
    else:
        assert outcome.reason is Reason.TLS
        assert "does not send the intermediate certificate" in outcome.detail
        assert "fullchain.pem" in outcome.detail
        assert endpoint.requests == []


def test_a_port_that_speaks_no_tls_is_its_own_reason(client: Client) -> None:
    """`https` where the endpoint has only `http`."""

    def plain(peer: Peer) -> None:
        peer.sock.recv(10)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with Endpoint(plain) as endpoint:
        outcome = post(client, f"https://127.0.0.1:{endpoint.port}/")
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TLS)


def test_a_handshake_that_is_broken_off_has_a_reason(client: Client) -> None:
    """By an orderly end or by a reset."""
    for reset in (False, True):

        def breaks_off(peer: Peer, *, reset: bool = reset) -> None:
            peer.sock.recv(10)
            if reset:
                peer.reset()

        with Endpoint(breaks_off) as endpoint:
            outcome = post(client, f"https://127.0.0.1:{endpoint.port}/")
        assert outcome.kind is Kind.FAILED
        assert outcome.reason in {Reason.TLS, Reason.CONNECTION}


def test_an_endpoint_that_wants_a_certificate_of_ours_is_understood(
    make_client: MakeClient, trusted: Authority
) -> None:
    """With TLS 1.3 it refuses only after the handshake; the text says what it misses."""
    context = trusted.server_context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(trusted.certificate_file)
    client = make_client()
    with Endpoint(responding(), context=context) as endpoint:
        outcome = post(client, endpoint.url())
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TLS)
    assert outcome.detail == "the endpoint demands a client certificate, and the subscription has none"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_an_old_protocol_version_is_refused(make_client: MakeClient, trusted: Authority) -> None:
    """TLS 1.2 is the oldest that is still safe (RFC 8996)."""
    context = trusted.server_context("127.0.0.1")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    client = make_client()
    with Endpoint(responding(), context=context) as endpoint:
        outcome = post(client, endpoint.url())
    assert outcome.reason is Reason.TLS


@pytest.mark.parametrize(
    ("ciphers", "kind"),
    [
        ("DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256", Kind.FAILED),
        ("ECDHE-RSA-AES128-GCM-SHA256", Kind.ACCEPTED),
    ],
)
def test_no_endpoint_chooses_what_a_handshake_costs(
    make_client: MakeClient, trusted: Authority, ciphers: str, kind: Kind
) -> None:
    """With DHE it chooses a prime: one of 10,000 bits took 0.86 s of the loop. ECDHE leaves nothing to choose."""
    context = trusted.server_context("127.0.0.1", key=rsa.generate_private_key(65537, 2048))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    # A pair whose key a company brought has a context of its own.
    certificate = trusted.client_certificate("acme-client")
    client = make_client()
    with Endpoint(responding(), context=context) as endpoint:
        outcomes = [
            post(client, endpoint.url()),
            post(client, endpoint.url(), client_certificate=certificate),
            post(client, endpoint.url(), ca_bundle=trusted.pem),
        ]
    assert [outcome.kind for outcome in outcomes] == [kind] * 3
    assert {outcome.reason for outcome in outcomes} == {Reason.TLS if kind is Kind.FAILED else Reason.ACCEPTED}
