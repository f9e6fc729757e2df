"""Mutual TLS and a private authority, for each subscription: real certificates, real sockets."""

import asyncio
import datetime as dt
import errno
import gc
import math
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from lessonhook.ledger import Kind, Outcome, Reason
from lessonhook.ledger.subscriptions.certificates import ClientCertificate
from lessonhook.worker.client import Client, streams, tls_contexts
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.failure import Failure
from lessonhook.worker.client.streams import HANDSHAKE_STEP_SECONDS, TlsStream
from lessonhook.worker.client.tls_contexts import KEPT, TlsContexts
from lessonhook.worker.client.tls_identity import COMMON, TlsIdentity
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.forward_proxy import ForwardProxy
from tests.support.endpoints.posting import MakeClient, post
from tests.support.endpoints.raw_endpoints import Endpoint, Peer, http_response, responding

_DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return the authority that an endpoint's owner has for clients."""
    return Authority(tmp_path_factory.mktemp("clients"))


def naming(peer: Peer) -> None:
    """Respond to each request with the name in the client certificate of its connection."""
    assert isinstance(peer.sock, ssl.SSLSocket)
    subject: Any = (peer.sock.getpeercert() or {}).get("subject", ((("", "nobody"),),))
    while True:
        peer.read_request()
        peer.send(http_response(subject[0][0][1].encode()))


def demanding(authority: Authority, clients: Authority) -> ssl.SSLContext:
    """Return the context of an endpoint of a private authority that demands a client certificate."""
    return authority.demanding_context("127.0.0.1", clients_of=clients)


def test_an_endpoint_of_a_private_authority_is_trusted_by_its_bundle(
    client: Client, authority: Authority, clients: Authority
) -> None:
    """For this subscription and no other; the workers need no SSL_CERT_FILE."""
    with Endpoint(responding(), context=authority.server_context("127.0.0.1")) as endpoint:
        assert post(client, endpoint.url(), ca_bundle=clients.pem + authority.pem).kind is Kind.ACCEPTED
        assert post(client, endpoint.url()).reason is Reason.TLS
        other = post(client, endpoint.url(), ca_bundle=clients.pem)
    assert (other.kind, other.reason) == (Kind.FAILED, Reason.TLS)
    assert other.detail.startswith("no authority of the subscription's ca_bundle signed the endpoint's certificate")
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_missing_intermediate_certificate_is_named_with_a_bundle_too(
    client: Client, authority: Authority, *, is_sent: bool
) -> None:
    """The owner of a private authority gives its root, and the endpoint has to send what is between."""
    context = authority.below().server_context("127.0.0.1", with_chain=is_sent)
    with Endpoint(responding(), context=context) as endpoint:
        outcome = post(client, endpoint.url(), ca_bundle=authority.pem)
    if is_sent:
        assert outcome.kind is Kind.ACCEPTED
    else:
        assert outcome.reason is Reason.TLS
        assert "does not send the intermediate certificate" in outcome.detail
        assert "fullchain.pem" in outcome.detail


def test_an_endpoint_that_sends_its_private_root_needs_a_bundle_and_is_told_so(
    client: Client, authority: Authority, clients: Authority
) -> None:
    """OpenSSL says "self-signed certificate in certificate chain", which tells nobody what to do."""
    with Endpoint(responding(), context=authority.server_context("127.0.0.1", with_chain=True)) as endpoint:
        without = post(client, endpoint.url())
        other = post(client, endpoint.url(), ca_bundle=clients.pem)
    assert (without.reason, other.reason) == (Reason.TLS, Reason.TLS)
    assert "as the subscription's ca_bundle" in without.detail
    assert other.detail == "no authority of the subscription's ca_bundle signed the endpoint's certificate"


def test_a_bundle_takes_the_place_of_the_well_known_authorities(
    make_client: MakeClient, trusted: Authority, clients: Authority
) -> None:
    """What the operator's machine trusts is not enough for a company that named its own."""
    client = make_client()
    with Endpoint(responding(), context=trusted.server_context("127.0.0.1")) as endpoint:
        assert post(client, endpoint.url()).kind is Kind.ACCEPTED
        assert post(client, endpoint.url(), ca_bundle=clients.pem).reason is Reason.TLS


def test_a_chain_that_costs_too_much_is_checked_beside_the_loop_and_refused(client: Client, tmp_path: Path) -> None:
    """A company's own authority signs what the company likes: forty certificates took 260 ms of the loop."""
    free = Authority(tmp_path, path_length=None)
    with Endpoint(responding(), context=free.server_context_with_costly_chain("127.0.0.1", 60)) as endpoint:
        outcome = post(client, endpoint.url(), ca_bundle=free.pem)
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TLS)
    assert outcome.detail == "the endpoint's certificates cost too much to check: their keys, or their number"
    assert endpoint.requests == []
    with Endpoint(responding(), context=free.server_context_with_costly_chain("127.0.0.1", 1)) as endpoint:
        assert post(client, endpoint.url(), ca_bundle=free.pem).kind is Kind.ACCEPTED


def test_a_collection_of_the_whole_heap_is_not_charged_to_the_certificates(
    client: Client, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CPython may collect it in the very thread that checks them: that is ours."""
    real = TlsStream._step

    def collecting(stream: TlsStream) -> bool:
        began = time.thread_time()
        gc.collect()
        while time.thread_time() - began < 1.5 * HANDSHAKE_STEP_SECONDS:
            pass
        return real(stream)

    monkeypatch.setattr(TlsStream, "_step", collecting)
    monkeypatch.setattr(streams, "LOOP_SECONDS", math.inf)
    with Endpoint(responding(), context=authority.server_context("127.0.0.1")) as endpoint:
        assert post(client, endpoint.url(), ca_bundle=authority.pem).kind is Kind.ACCEPTED


def test_what_a_company_s_own_authority_signed_is_checked_in_no_loop(
    client: Client, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL does not hold the interpreter meanwhile, so that the loop goes on."""
    threads = set[str]()
    real = TlsStream._step

    def noting(stream: TlsStream) -> bool:
        threads.add(threading.current_thread().name.rpartition("_")[0])
        return real(stream)

    monkeypatch.setattr(TlsStream, "_step", noting)
    with Endpoint(responding(), context=authority.server_context("127.0.0.1")) as endpoint:
        assert post(client, endpoint.url(), ca_bundle=authority.pem).kind is Kind.ACCEPTED
    # The first step has nothing to check yet.
    assert "lessonhook-handshake" in threads


def test_where_no_thread_has_time_for_a_handshake_nobody_is_charged(
    make_client: MakeClient, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint did its part."""
    ends = threading.Event()

    def blocked(stream: TlsStream) -> bool:
        if threading.current_thread().name.startswith("lessonhook-handshake"):
            ends.wait(60)
        return real(stream)

    real = TlsStream._step
    monkeypatch.setattr(TlsStream, "_step", blocked)
    client = make_client(connect_timeout_seconds=1.0)
    try:
        with Endpoint(responding(), context=authority.server_context("127.0.0.1")) as endpoint:
            outcome = post(client, endpoint.url(), ca_bundle=authority.pem)
    finally:
        ends.set()
    assert (outcome.kind, outcome.detail) == (
        Kind.NOT_STARTED,
        "no thread had time to check the endpoint's certificates",
    )


def test_an_intermediate_authority_may_be_trusted_alone(client: Client, authority: Authority) -> None:
    """The owner of an endpoint often has no other; every Python reads the bundle alike."""
    below = authority.below()
    with Endpoint(responding(), context=below.server_context("127.0.0.1")) as endpoint:
        assert post(client, endpoint.url(), ca_bundle=below.pem).kind is Kind.ACCEPTED


def test_the_name_is_verified_with_a_bundle_too(client: Client, authority: Authority) -> None:
    """A private authority signs for many hosts."""
    with Endpoint(responding(), context=authority.server_context("other.example")) as endpoint:
        outcome = post(client, endpoint.url(), ca_bundle=authority.pem)
    assert outcome.reason is Reason.TLS
    assert "not valid for '127.0.0.1'" in outcome.detail
    assert endpoint.requests == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_client_certificate_is_presented(
    client: Client, authority: Authority, clients: Authority, version: ssl.TLSVersion
) -> None:
    """With its chain, so that the endpoint need know the root only."""
    context = demanding(authority, clients)
    context.minimum_version = context.maximum_version = version
    certificate = clients.below().client_certificate("acme-client", with_chain=True)
    with Endpoint(naming, context=context) as endpoint:
        outcome = post(client, endpoint.url(), client_certificate=certificate, ca_bundle=authority.pem)
    assert (outcome.kind, outcome.response) == (Kind.ACCEPTED, "acme-client")


def test_an_endpoint_of_a_known_authority_may_demand_one(
    make_client: MakeClient, trusted: Authority, clients: Authority
) -> None:
    """A client certificate does not need a CA bundle."""
    with Endpoint(naming, context=demanding(trusted, clients)) as endpoint:
        outcome = post(make_client(), endpoint.url(), client_certificate=clients.client_certificate("acme-client"))
    assert outcome.response == "acme-client"


def test_two_subscribers_at_one_endpoint_never_share_a_connection(
    client: Client, authority: Authority, clients: Authority
) -> None:
    """A kept connection is taken again by the same identity only, which is what the endpoint lets in or not."""
    certificates = {name: clients.client_certificate(name) for name in ("first", "second")}
    context = authority.server_context("127.0.0.1")
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(clients.certificate_file)
    with Endpoint(naming, context=context) as endpoint:

        def response(certificate: str | None) -> str:
            return post(client, endpoint.url(), client_certificate=certificate, ca_bundle=authority.pem).response

        for _ in range(3):
            assert response(certificates["first"]) == "first"
            assert response(certificates["second"]) == "second"
            assert response(None) == "nobody"
    assert endpoint.connections == 3
    assert len(endpoint.requests) == 9


def test_many_posts_at_once_keep_to_their_identity(client: Client, authority: Authority, clients: Authority) -> None:
    """The contexts are made beside the loop, each once, while others wait for it."""
    certificates = {f"client-{number}": clients.client_certificate(f"client-{number}") for number in range(4)}
    wrong: list[tuple[str, Outcome]] = []

    def run(name: str, url: str) -> None:
        for _ in range(5):
            outcome = post(client, url, client_certificate=certificates[name], ca_bundle=authority.pem)
            if outcome.response != name:
                wrong.append((name, outcome))

    with Endpoint(naming, context=demanding(authority, clients)) as endpoint:
        threads = [threading.Thread(target=run, args=(name, endpoint.url())) for name in certificates for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(endpoint.requests) == 60


def test_a_new_certificate_is_presented_from_the_next_post_on(
    client: Client, authority: Authority, clients: Authority
) -> None:
    """A connection of the former one, kept as it is, carries nothing more."""
    with Endpoint(naming, context=demanding(authority, clients)) as endpoint:
        for name in ("former", "present"):
            certificate = clients.client_certificate(name)
            outcome = post(client, endpoint.url(), client_certificate=certificate, ca_bundle=authority.pem)
            assert outcome.response == name


def test_the_certificate_goes_through_a_forward_proxy(
    make_client: MakeClient, authority: Authority, clients: Authority
) -> None:
    """To the endpoint in the tunnel, and not to the proxy."""
    with Endpoint(ForwardProxy()) as proxy, Endpoint(naming, context=demanding(authority, clients)) as endpoint:
        outcome = post(
            make_client(proxy_url=proxy.url()),
            endpoint.url(),
            client_certificate=clients.client_certificate("acme-client"),
            ca_bundle=authority.pem,
        )
    assert outcome.response == "acme-client"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (ssl.TLSVersion.TLSv1_3, "the endpoint demands a client certificate, and the subscription has none"),
        (ssl.TLSVersion.TLSv1_2, "it demands a client certificate, and the subscription has none"),
    ],
)
def test_one_that_is_missing_is_named(
    client: Client, authority: Authority, clients: Authority, version: ssl.TLSVersion, said: str
) -> None:
    """TLS 1.2 has no alert of its own for it."""
    context = demanding(authority, clients)
    context.minimum_version = context.maximum_version = version
    with Endpoint(responding(), context=context) as endpoint:
        outcome = post(client, endpoint.url(), ca_bundle=authority.pem)
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TLS)
    assert outcome.detail.endswith(said)
    assert endpoint.requests == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_one_of_an_authority_that_the_endpoint_does_not_trust_is_named(
    client: Client, authority: Authority, clients: Authority, version: ssl.TLSVersion
) -> None:
    """The company's people are told what to look at."""
    context = demanding(authority, clients)
    context.minimum_version = context.maximum_version = version
    certificate = authority.client_certificate("acme-client")
    with Endpoint(responding(), context=context) as endpoint:
        outcome = post(client, endpoint.url(), client_certificate=certificate, ca_bundle=authority.pem)
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TLS)
    assert outcome.detail == (
        "the endpoint refused the client certificate: it does not trust the authority that signed it (unknown ca)"
    )
    assert endpoint.requests == []


def test_one_that_ended_is_named_with_its_end(client: Client, authority: Authority, clients: Authority) -> None:
    """It was valid when it was saved; it is presented all the same, because the endpoint decides."""
    ends = dt.datetime.now(dt.UTC).replace(microsecond=0) - _DAY
    text = clients.client_certificate("acme-client", ends=-_DAY, begins=-2 * _DAY)
    saved = ClientCertificate(text, ends=int(ends.timestamp()))
    with Endpoint(responding(), context=demanding(authority, clients)) as endpoint:
        outcome = post(client, endpoint.url(), client_certificate=saved, ca_bundle=authority.pem)
    assert (outcome.kind, outcome.reason) == (Kind.FAILED, Reason.TLS)
    assert outcome.detail == (
        "the endpoint refused the client certificate: it takes it for expired (certificate expired); it ended on "
        f"{ends:%Y-%m-%d %H:%M} UTC"
    )
    assert endpoint.requests == []


def test_an_endpoint_that_closes_without_an_alert_may_refuse_it(
    client: Client, authority: Authority, clients: Authority
) -> None:
    """Some servers and balancers do; the text says what else it may be."""
    certificate = clients.client_certificate("acme-client")
    with Endpoint(lambda peer: peer.reset(), context=demanding(authority, clients)) as endpoint:
        outcome = post(client, endpoint.url(), client_certificate=certificate, ca_bundle=authority.pem)
    assert outcome.reason is Reason.CONNECTION
    assert outcome.detail.endswith("; it may refuse the client certificate")


def test_a_fault_of_our_own_is_charged_to_nobody(
    client: Client, authority: Authority, clients: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No memory or no file for a context: the event is given back as not started, and goes later."""
    certificate = clients.client_certificate("acme-client")
    with Endpoint(naming, context=demanding(authority, clients)) as endpoint:
        saved: dict[str, Any] = {"client_certificate": certificate, "ca_bundle": authority.pem}
        for fault in (OSError(errno.EMFILE, "Too many open files"), MemoryError()):

            def fail(*_: object, fault: Exception = fault) -> None:
                raise fault

            with monkeypatch.context() as patched:
                patched.setattr(tls_contexts, "load_client_certificate", fail)
                outcome = post(client, endpoint.url(), **saved)
            assert (outcome.kind, outcome.reason) == (Kind.NOT_STARTED, Reason.CRASH)
            assert outcome.detail.startswith("this machine has too few ")
        assert endpoint.connections == 0
        assert post(client, endpoint.url(), **saved).response == "acme-client"


def test_a_saved_one_that_openssl_does_not_take_any_more_is_a_failure() -> None:
    """A newer OpenSSL may have stricter rules than the one that it was saved with."""

    async def made(identity: TlsIdentity) -> ssl.SSLContext:
        contexts = TlsContexts()
        try:
            return await contexts.of(identity, Deadline(10))
        finally:
            contexts.close()

    damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    for identity, words in (
        (TlsIdentity(client_certificate=damaged), "the client certificate cannot be used: "),
        (TlsIdentity(ca_bundle=damaged), "the ca_bundle cannot be used: "),
    ):
        with pytest.raises(Failure) as failed:
            asyncio.run(made(identity))
        assert failed.value.reason is Reason.TLS
        assert failed.value.detail.startswith(words)


def test_a_bounded_number_of_contexts_is_kept(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The least recently used one goes; what has nothing of its own has the common one, which is made once."""
    monkeypatch.setattr(tls_contexts, "KEPT", 3)
    assert KEPT >= 3

    async def use() -> None:
        contexts = TlsContexts()
        identities = [TlsIdentity(ca_bundle=authority.pem + "\n" * number) for number in range(5)]
        made = [await contexts.of(identity, Deadline(10)) for identity in identities[:3]]
        assert await contexts.of(identities[0], Deadline(10)) is made[0]
        for identity in identities[3:]:
            await contexts.of(identity, Deadline(10))
        assert len(contexts) == 3
        assert await contexts.of(identities[0], Deadline(10)) is made[0]
        assert await contexts.of(identities[1], Deadline(10)) is not made[1]
        assert await contexts.of(COMMON, Deadline(10)) is await contexts.of(COMMON, Deadline(10))
        contexts.close()

    asyncio.run(use())


def test_many_bundles_push_out_no_context_with_the_well_known_authorities(
    authority: Authority, clients: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One costs 50 ms of a processor, the other one a fiftieth of that."""
    monkeypatch.setattr(tls_contexts, "KEPT", 1)
    costly = TlsIdentity(client_certificate=clients.client_certificate("acme-client"))

    async def use() -> None:
        contexts = TlsContexts()
        made = await contexts.of(costly, Deadline(60))
        for number in range(3):
            await contexts.of(TlsIdentity(ca_bundle=authority.pem + "\n" * number), Deadline(60))
        assert await contexts.of(costly, Deadline(60)) is made
        assert len(contexts) == 2
        contexts.close()

    asyncio.run(use())


def test_contexts_that_are_made_again_and_again_leave_the_processor_to_others(
    clients: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more companies have a certificate than contexts are kept, the thread rests three times as long as it works.

    Until then it does not rest: a worker that starts has many to make.
    """
    monkeypatch.setattr(tls_contexts, "KEPT", 2)
    worked, rested = list[float](), list[float]()
    real_make, real_sleep = tls_contexts._make, time.sleep

    def making(identity: TlsIdentity) -> ssl.SSLContext:
        began = time.monotonic()
        try:
            return real_make(identity)
        finally:
            worked.append(time.monotonic() - began)

    def resting(seconds: float) -> None:
        if threading.current_thread().name.startswith("lessonhook-tls"):
            rested.append(seconds)
        real_sleep(seconds)

    monkeypatch.setattr(tls_contexts, "_make", making)
    monkeypatch.setattr(time, "sleep", resting)
    identities = [TlsIdentity(client_certificate=clients.client_certificate(f"client-{number}")) for number in range(4)]

    async def use() -> None:
        contexts = TlsContexts()
        await asyncio.gather(*(contexts.of(identity, Deadline(60)) for identity in identities))
        contexts.close()

    asyncio.run(use())
    assert rested[:3] == [0.0, 0.0, 0.0]
    # Not all of it, because the thread has spent a part of its rest on its way to the next one.
    assert rested[3] > 2 * worked[2]


def test_an_identity_shows_nothing_of_itself(clients: Authority) -> None:
    """It is part of a connection's key, which may stand in an error."""
    assert repr(TlsIdentity(clients.pem, clients.client_certificate("acme-client"), 17)) == "TlsIdentity(ends=17)"


def test_the_log_warns_once_a_day_of_one_that_ends_soon(
    client: Client, authority: Authority, clients: Authority
) -> None:
    """Thirty days before; each worker says it for itself."""
    with Endpoint(naming, context=demanding(authority, clients)) as endpoint, capture_logs() as logs:
        for days in (29, 29, 31):
            certificate = clients.client_certificate("acme-client", ends=days * _DAY)
            post(client, endpoint.url(), client_certificate=certificate, ca_bundle=authority.pem)
    warned = [entry for entry in logs if entry["event"].startswith("client_certificate.")]
    assert [(entry["event"], entry["subscriber"]) for entry in warned] == [("client_certificate.ends_soon", "acme")]
