"""What the subscription says is what arrives, byte for byte; nothing else gets a word in."""

import threading
from pathlib import Path

import pytest

from lessonhook.ledger import Kind, Reason
from lessonhook.ledger.subscriptions.subscription import Subscription
from lessonhook.worker.client import Client, Post
from tests.support.endpoints.name_service import NameService
from tests.support.endpoints.posting import BODY, MakeClient, post
from tests.support.endpoints.raw_endpoints import Endpoint, Peer, head_of, http_response, responding, values_of


@pytest.mark.parametrize("value", ["Token abc", "Bearer  two  blanks  ", "Basic ünï", "x=\xa0;y", "a"])
def test_the_authorization_arrives_byte_for_byte(client: Client, value: str) -> None:
    """Inner double blanks and a trailing blank are part of what was written; the name keeps its case."""
    with Endpoint(responding()) as endpoint:
        assert post(client, endpoint.url(), authorization=value).kind is Kind.ACCEPTED
    (request,) = endpoint.requests
    assert b"Authorization: " + value.encode("latin-1") in head_of(request)
    assert len(values_of(request, "Authorization")) == 1


@pytest.mark.parametrize("blank", [None, "", "   "])
def test_a_blank_authorization_sends_no_header(client: Client, blank: str | None) -> None:
    """Some receivers refuse an empty header."""
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url(), authorization=blank)
    assert values_of(endpoint.requests[0], "Authorization") == []


def test_the_environment_changes_nothing(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a netrc file nor proxy variables are read: both would change what was written, or where it goes."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login thief password thief\ndefault login thief password thief\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    client = make_client()
    with Endpoint(responding()) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        assert post(client, endpoint.url(), authorization="Token abc").kind is Kind.ACCEPTED
    without, with_one = endpoint.requests
    assert values_of(without, "Authorization") == []
    assert values_of(with_one, "Authorization") == [b"Token abc"]


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("/hook?sig=a%2fb%7E%2F~+c&empty=&=x&&d=%20", "/hook?sig=a%2fb%7E%2F~+c&empty=&=x&&d=%20"),
        ("/a/../b/./c//d;v=1?x=[1]{2}|3^`", "/a/../b/./c//d;v=1?x=[1]{2}|3^`"),
        ("/%41%zz?q=%", "/%41%zz?q=%"),
        ("?only=query", "/?only=query"),
        ("", "/"),
    ],
)
def test_the_url_arrives_verbatim(client: Client, written: str, target: str) -> None:
    """A signature in the query covers the bytes as written: no escape is made, changed or undone."""
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url(written))
    assert head_of(endpoint.requests[0])[0] == f"POST {target} HTTP/1.1".encode()


def test_the_host_header_is_the_host_as_written(client: Client, names: NameService) -> None:
    """Its case and its port too; a name in another script goes out in its IDNA form."""
    names.addresses = {"Hooks.Example": [["127.0.0.1"]], "hooks.example": [["127.0.0.1"]]}
    names.addresses["xn--bcher-kva.example"] = [["127.0.0.1"]]
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url(host="Hooks.Example"))
        post(client, endpoint.url(host="bücher.example"))
    first, second = endpoint.requests
    assert values_of(first, "Host") == [f"Hooks.Example:{endpoint.port}".encode()]
    assert values_of(second, "Host") == [f"xn--bcher-kva.example:{endpoint.port}".encode()]
    assert "xn--bcher-kva.example" in names.asked


def test_an_ipv6_literal_is_an_endpoint(client: Client) -> None:
    """In its brackets in the URL and in the Host header, without them where it is connected to."""
    with Endpoint(responding(), address="::1") as endpoint:
        assert post(client, endpoint.url("/x")).kind is Kind.ACCEPTED
    assert values_of(endpoint.requests[0], "Host") == [f"[::1]:{endpoint.port}".encode()]


def test_the_whole_request_is_what_the_contract_says(client: Client) -> None:
    """Every header once, in a fixed order and case, and the body as it was rendered."""
    with Endpoint(responding()) as endpoint:
        post(client, endpoint.url("/hook"), authorization="Token abc", event_id="event-7")
    head, _, body = endpoint.requests[0].partition(b"\r\n\r\n")
    assert body == BODY
    names_sent = [line.partition(b":")[0] for line in head.split(b"\r\n")[1:]]
    assert names_sent == [
        b"Host",
        b"User-Agent",
        b"Accept",
        b"Accept-Encoding",
        b"Content-Type",
        b"webhook-id",
        b"webhook-timestamp",
        b"Authorization",
        b"Content-Length",
    ]
    assert values_of(endpoint.requests[0], "Content-Type") == [b"application/json"]
    assert values_of(endpoint.requests[0], "webhook-id") == [b"event-7"]
    assert values_of(endpoint.requests[0], "User-Agent")[0].startswith(b"lessonhook/")
    assert values_of(endpoint.requests[0], "Content-Length") == [str(len(BODY)).encode()]


def test_a_large_body_arrives_whole(client: Client) -> None:
    """Larger than a socket takes at once."""
    body = b'{"x":"' + b"y" * 3_000_000 + b'"}'
    with Endpoint(responding()) as endpoint:
        assert post(client, endpoint.url(), body=body).kind is Kind.ACCEPTED
    assert endpoint.requests[0].endswith(b"\r\n\r\n" + body)


def test_cookies_are_not_kept(client: Client) -> None:
    """An endpoint's cookie must not tie events of different companies together."""
    with Endpoint(responding(http_response(b"", b"Set-Cookie: a=1; Path=/"))) as endpoint:
        post(client, endpoint.url())
        post(client, endpoint.url())
    assert [values_of(request, "Cookie") for request in endpoint.requests] == [[], []]


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"303 See Other", b"307 Temporary", b"308 Permanent"])
def test_a_redirect_is_a_failure_and_is_not_followed(client: Client, status: bytes) -> None:
    """The Authorization value goes to the callback URL only, and to no URL that its response points to."""
    with Endpoint(responding()) as thief:
        location = b"Location: " + thief.url("/steal").encode()
        with Endpoint(responding(http_response(b"", location, status=status))) as endpoint:
            outcome = post(client, endpoint.url(), authorization="Token abc")
    assert (outcome.kind, outcome.reason, outcome.status) == (Kind.FAILED, Reason.STATUS, int(status[:3]))
    assert "redirect" in outcome.detail
    assert thief.connections == 0
    assert len(endpoint.requests) == 1


def test_an_older_records_unsendable_value_is_a_failure_and_sends_nothing(client: Client) -> None:
    """What could be saved once and would write headers of its own must not go out; the text shows none of it."""
    with Endpoint(responding()) as endpoint:
        for value in ("MARK\r\nX-Injected: 1", "MARK €"):
            document = Subscription(subscriber="acme", callback_url=endpoint.url(), authorization="x").to_document()
            stored = document.replace(b'"x"', b'"%b"' % value.encode("unicode_escape"))
            outcome = client.post(Post(event_id="1", subscription=Subscription.from_document(stored), body=BODY))
            assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.PROTOCOL)
            assert "MARK" not in str(outcome)
    assert endpoint.requests == []


def test_threads_share_connections_and_not_responses(client: Client) -> None:
    """Each thread gets the response to its own POST, over no more connections than there are threads."""

    def echo_id(peer: Peer) -> None:
        while True:
            peer.send(http_response(values_of(peer.read_request(), "webhook-id")[0]))

    wrong: list[str] = []

    def deliver(thread: int) -> None:
        for number in range(50):
            event_id = f"event-{thread}-{number}"
            outcome = post(client, endpoint.url(), event_id=event_id)
            if outcome.response != event_id:
                wrong.append(f"{event_id}: {outcome}")

    with Endpoint(echo_id) as endpoint:
        threads = [threading.Thread(target=deliver, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(endpoint.requests) == 400
    assert endpoint.connections <= 8
