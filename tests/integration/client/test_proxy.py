"""Through a forward proxy: for customers who let in one address only, and with no way around the guard."""

import pytest

from lessonhook.ledger import Kind, Reason
from lessonhook.worker.client import InvalidProxy
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.forward_proxy import ForwardProxy
from tests.support.endpoints.name_service import NameService
from tests.support.endpoints.posting import MakeClient, post
from tests.support.endpoints.raw_endpoints import Endpoint, Peer, head_of, http_response, responding, values_of


def test_tls_goes_through_a_tunnel_to_the_checked_address(
    make_client: MakeClient, trusted: Authority, names: NameService
) -> None:
    """The proxy is asked for the address and not the name; it sees neither the request nor the Authorization."""
    names.addresses["hooks.example"] = [["127.0.0.1"]]
    context = trusted.server_context("hooks.example")
    with Endpoint(ForwardProxy()) as proxy, Endpoint(responding(), context=context) as endpoint:
        client = make_client(proxy_url=proxy.url())
        for _ in range(3):
            outcome = post(client, endpoint.url("/in?sig=%2f", host="hooks.example"), authorization="Token MARK")
            assert outcome.kind is Kind.ACCEPTED
        (asked,) = proxy.requests
        assert head_of(asked)[0] == f"CONNECT 127.0.0.1:{endpoint.port} HTTP/1.1".encode()
        assert b"MARK" not in asked
        assert head_of(endpoint.requests[0])[0] == b"POST /in?sig=%2f HTTP/1.1"
        assert endpoint.connections == 1


def test_plain_http_asks_for_the_whole_url_verbatim(make_client: MakeClient, names: NameService) -> None:
    """The form that a proxy understands; the URL's own escapes are left as they are."""
    names.addresses["hooks.example"] = [["127.0.0.1"]]
    with Endpoint(ForwardProxy()) as proxy:
        client = make_client(proxy_url=proxy.url())
        assert post(client, "http://hooks.example/in?sig=%2f", authorization="Token abc").kind is Kind.ACCEPTED
    (asked,) = proxy.requests
    assert head_of(asked)[0] == b"POST http://hooks.example/in?sig=%2f HTTP/1.1"
    assert values_of(asked, "Host") == [b"hooks.example"]
    assert values_of(asked, "Authorization") == [b"Token abc"]


def test_a_default_port_that_is_written_is_not_in_the_host_header(make_client: MakeClient, names: NameService) -> None:
    """On the wire; an endpoint of ours cannot listen on port 80, but may be asked for it by a proxy."""
    names.addresses["hooks.example"] = [["127.0.0.1"]]
    with Endpoint(ForwardProxy()) as proxy:
        assert post(make_client(proxy_url=proxy.url()), "http://hooks.example:80/in").kind is Kind.ACCEPTED
    assert values_of(proxy.requests[0], "Host") == [b"hooks.example"]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("010.8.8.8", "8.8.8.8:80"),
        ("134744072:8080", "8.8.8.8:8080"),
        ("8.8.8.8", "8.8.8.8"),
        ("8.8.8.8.", "8.8.8.8:80"),
        ("[2606:4700:0::1111]:80", "[2606:4700::1111]:80"),
        ("[2606:4700::1111]", "[2606:4700::1111]"),
        ("8.8.8.8.example", "8.8.8.8.example"),
    ],
)
def test_a_proxy_is_asked_for_an_address_as_it_was_checked(
    make_client: MakeClient, names: NameService, written: str, asked: str
) -> None:
    """Readers of URLs disagree about octal, short and decimal ones; the one that connects must not be the other one."""
    names.addresses["8.8.8.8.example"] = [["8.8.8.8"]]
    with Endpoint(ForwardProxy()) as proxy:
        client = make_client(allowed_private_networks=(), proxy_url=proxy.url())
        assert post(client, f"http://{written}/in").kind is Kind.ACCEPTED
    (request,) = proxy.requests
    assert head_of(request)[0] == f"POST http://{asked}/in HTTP/1.1".encode()
    assert values_of(request, "Host") == [asked.encode()]


def test_the_guard_applies_to_what_is_asked_of_the_proxy(make_client: MakeClient, names: NameService) -> None:
    """The proxy itself may be private; what lies behind it may not be reached by its help."""
    names.addresses = {"proxy.internal": [["127.0.0.1"]], "inside.example": [["10.0.0.1"]]}
    with Endpoint(ForwardProxy()) as proxy:
        client = make_client(allowed_private_networks=(), proxy_url=proxy.url(host="proxy.internal"))
        for url in ("http://10.0.0.1/", "https://inside.example/", "http://169.254.169.254/", "https://127.0.0.1/"):
            assert post(client, url).reason is Reason.BLOCKED
        assert proxy.connections == 0


def test_the_proxys_credentials_go_to_the_proxy(make_client: MakeClient, trusted: Authority) -> None:
    """In the tunnel's request and in a plain one; never to the endpoint."""
    context = trusted.server_context("127.0.0.1")
    with Endpoint(ForwardProxy()) as proxy, Endpoint(responding(), context=context) as endpoint:
        client = make_client(proxy_url=f"http://user:p%40ss@127.0.0.1:{proxy.port}")
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        assert post(client, "http://127.0.0.1/").kind is Kind.ACCEPTED
        assert [values_of(asked, "Proxy-Authorization") for asked in proxy.requests] == [[b"Basic dXNlcjpwQHNz"]] * 2
        assert values_of(endpoint.requests[0], "Proxy-Authorization") == []


def test_the_proxys_credentials_are_in_no_outcome(make_client: MakeClient) -> None:
    """Not where its own page echoes them; where it does not know them, the text says what to look at."""

    def echoes(peer: Peer) -> None:
        peer.send(http_response(peer.read_request()[-150:], status=b"407 Proxy Authentication Required"))

    with Endpoint(echoes) as proxy:
        client = make_client(proxy_url=f"http://user:MARK@127.0.0.1:{proxy.port}")
        plain, tunnelled = post(client, "http://127.0.0.1/"), post(client, "https://127.0.0.1/")
    assert b"Proxy-Authorization: Basic dXNlcjpNQVJL" in proxy.requests[0]
    assert "Proxy-Authorization: ***" in plain.response
    for outcome in (plain, tunnelled):
        assert "check the credentials in LESSONHOOK_PROXY_URL" in outcome.detail
        assert "dXNlcjpNQVJL" not in repr(outcome)


def test_a_proxy_that_refuses_is_named(make_client: MakeClient) -> None:
    """The endpoint is not at fault, and the attempt log says so."""
    with Endpoint(ForwardProxy(refuses=b"403 Forbidden")) as proxy:
        outcome = post(make_client(proxy_url=proxy.url()), "https://127.0.0.1/")
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.CONNECTION)
    assert outcome.detail == "the proxy refused to connect to the endpoint: 403"


def test_a_proxy_that_talks_nonsense_is_named(make_client: MakeClient) -> None:
    """Or none at all, as some do that cannot reach the endpoint. What is no proxy is the operator's fault."""

    def talks_nonsense(peer: Peer) -> None:
        peer.read_request()
        peer.send(b"nonsense\r\n\r\n")

    def closes(peer: Peer) -> None:
        peer.read_request()

    for behaviour, kind in ((talks_nonsense, Kind.NOT_STARTED), (closes, Kind.FAILED)):
        with Endpoint(behaviour) as proxy:
            outcome = post(make_client(proxy_url=proxy.url()), "https://127.0.0.1/")
        assert outcome.kind is kind
        assert "proxy" in outcome.detail


def test_a_proxy_that_hangs_or_is_gone_is_named(make_client: MakeClient, names: NameService) -> None:
    """Within the connect timeout. One that is gone, or has no address, is the operator's, and charged to nobody."""

    def hangs(peer: Peer) -> None:
        peer.hang()

    with Endpoint(hangs) as proxy:
        client = make_client(proxy_url=proxy.url(), connect_timeout_seconds=0.3)
        outcome = post(client, "https://127.0.0.1/")
        assert outcome.reason is Reason.TIMEOUT
    gone = post(client, "https://127.0.0.1/")
    assert gone.kind is Kind.NOT_STARTED
    assert gone.detail == "the proxy refused the connection; nothing listens at that port"
    nowhere = post(make_client(proxy_url=f"http://proxy.internal:{proxy.port}"), "https://127.0.0.1/")
    assert nowhere.kind is Kind.NOT_STARTED
    assert nowhere.detail.startswith("proxy.internal cannot be resolved: ")
    assert names.asked == ["proxy.internal"]


def test_a_proxy_that_does_not_know_us_charges_nobody(make_client: MakeClient) -> None:
    """The credentials are the operator's: each company's attempts would be spent by them."""
    with Endpoint(ForwardProxy(refuses=b"407 Proxy Authentication Required")) as proxy:
        outcome = post(make_client(proxy_url=proxy.url()), "https://127.0.0.1/")
    assert outcome.kind is Kind.NOT_STARTED


@pytest.mark.parametrize(
    "url", ["https://proxy.example", "socks5://MARK@proxy", "proxy:3128", "http://:MARK", "http://["]
)
def test_a_proxy_url_of_another_kind_is_refused_at_the_start(make_client: MakeClient, url: str) -> None:
    """A worker that cannot use its proxy must not go around it; the text quotes nothing, a password may be in it."""
    with pytest.raises(InvalidProxy) as caught:
        make_client(proxy_url=url)
    assert "MARK" not in str(caught.value)
