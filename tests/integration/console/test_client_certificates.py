"""A client certificate and a CA bundle on the command line: from a file or a variable, kept, dropped, warned of."""

import datetime as dt
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lessonhook.ledger.subscriptions.certificates import ClientCertificate
from lessonhook.producer import Producer, Subscription
from tests.support.endpoints.certificates import Authority
from tests.support.endpoints.raw_endpoints import Endpoint, responding
from tests.support.processes.command_line import Cli
from tests.support.servers.dump import everything_in
from tests.support.servers.server import Server

_URL = "https://acme.example/hook"
_DAY = dt.timedelta(days=1)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority of the test's own."""
    return Authority(tmp_path / "authority")


@pytest.fixture
def certificate(authority: Authority, tmp_path: Path) -> Path:
    """Return a file with a client certificate and its key."""
    path = tmp_path / "client.pem"
    path.write_text(authority.client_certificate("acme-client", ends=40 * _DAY))
    return path


@pytest.fixture
def save(authority: Authority, producer: Producer) -> Callable[[str, dt.timedelta], None]:
    """Return what saves a subscription whose client certificate ends after some time, or ended before now."""

    def save_one(name: str, ends: dt.timedelta) -> None:
        valid = authority.client_certificate(name, ends=max(ends, _DAY))
        subscription = Subscription(subscriber=name, callback_url=_URL, client_certificate=valid)
        if ends < _DAY:
            # None that has ended can be saved: it ends while it is saved.
            ended = ClientCertificate(valid, ends=int(time.time() + ends.total_seconds()))
            subscription = subscription.model_copy(update={"client_certificate": ended})
        producer.ledger.subscriptions.put(subscription)

    return save_one


def found_by_doctor(cli: Cli) -> dict[str, str]:
    """Return what doctor finds of certificates."""
    [finding] = [each for each in cli("doctor", "--json").json["findings"] if each["what"] == "certificates"]
    return dict(finding)


def put(cli: Cli, *arguments: str) -> str:
    """Save the subscription of a company and return what is written."""
    ended = cli("subscriptions", "put", "acme", _URL, *arguments)
    assert ended.code == 0, ended.err
    return ended.out


def test_both_are_saved_and_shown_without_the_key(cli: Cli, authority: Authority, certificate: Path) -> None:
    """With when the certificate ends, and how many authorities there are."""
    out = put(cli, f"--client-certificate-file={certificate}", f"--ca-bundle-file={authority.certificate_file}")
    ends = dt.datetime.now(dt.UTC) + 40 * _DAY
    shown = cli("subscriptions", "show", "acme")
    for text in (out, shown.out):
        assert "client certificate  set" in text
        assert f", ends on {ends:%Y-%m-%d}" in text
        assert "(in 39 days)" in text
        assert "authorities         1 certificate of its own, and no others" in text
    document = cli("subscriptions", "show", "acme", "--json").json
    assert document["client_certificate_set"] is True
    assert abs(document["client_certificate_ends"] - ends.timestamp()) < 120
    assert document["ca_bundle"] == authority.pem
    key = certificate.read_text().splitlines()[-2]
    for command in (["show", "acme"], ["show", "acme", "--json"], ["list"], ["list", "--json"]):
        assert key not in cli("subscriptions", *command).out


def test_the_key_is_sealed_in_redis(
    cli: Cli, server: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With encryption keys, as every other credential is."""
    key = certificate.read_text().splitlines()[-2].encode()
    put(cli, f"--client-certificate-file={certificate}")
    assert key in everything_in(server)
    monkeypatch.setenv("LESSONHOOK_ENCRYPTION_KEYS", '["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]')
    monkeypatch.setenv("LESSONHOOK_ACCEPT_PLAIN_VALUES", "true")
    put(cli, f"--client-certificate-file={certificate}")
    assert key not in everything_in(server)
    assert cli("subscriptions", "show", "acme", "--json").json["client_certificate_set"] is True


def test_neither_is_dropped_unasked(cli: Cli, producer: Producer, authority: Authority, certificate: Path) -> None:
    """`put` replaces the whole subscription, and its endpoint would let nobody in."""
    put(cli, f"--client-certificate-file={certificate}", f"--ca-bundle-file={authority.certificate_file}")
    refused = cli("subscriptions", "put", "acme", _URL)
    assert refused.code == 2
    assert "client-certificate is set: give a new one, or --keep-credentials or --no-client-certificate" in refused.err
    put(cli, "--keep-credentials")
    saved = producer.ledger.subscriptions.get("acme")
    assert saved is not None
    assert (saved.client_certificate is None, saved.ca_bundle) == (False, authority.pem)
    assert saved.client_certificate_ends is not None
    refused = cli("subscriptions", "put", "acme", _URL, "--no-client-certificate")
    assert "ca-bundle is set" in refused.err
    put(cli, "--no-client-certificate", "--no-ca-bundle")
    saved = producer.ledger.subscriptions.get("acme")
    assert saved is not None
    assert (saved.client_certificate, saved.ca_bundle) == (None, None)


def test_change_renews_one_and_leaves_the_rest(
    cli: Cli, producer: Producer, authority: Authority, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a variable or the standard input, as every other credential; the audit names the field."""
    put(cli, f"--client-certificate-file={certificate}", f"--ca-bundle-file={authority.certificate_file}")
    monkeypatch.setenv("ACME_CERTIFICATE", authority.client_certificate("renewed", ends=100 * _DAY))
    changed = cli("subscriptions", "change", "acme", "--client-certificate-env=ACME_CERTIFICATE")
    assert "(in 99 days)" in changed.out
    assert "client_certificate" in cli("audit", "acme").out
    renewed = authority.client_certificate("again", ends=200 * _DAY)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(renewed.encode())))
    assert "(in 199 days)" in cli("subscriptions", "change", "acme", "--client-certificate-file=-").out
    two = cli("subscriptions", "change", "acme", "--client-certificate-file=-", "--ca-bundle-file=-")
    assert (two.code, "only one credential" in two.err) == (2, True)
    assert cli("subscriptions", "change", "acme", "--no-ca-bundle").code == 0
    saved = producer.ledger.subscriptions.get("acme")
    assert saved is not None
    assert (saved.client_certificate is None, saved.ca_bundle) == (False, None)


def test_a_wrong_one_is_refused_and_nothing_of_it_shown(cli: Cli, authority: Authority, certificate: Path) -> None:
    """Exit code 2, the rule in words, and what was saved stays."""
    put(cli, f"--client-certificate-file={certificate}")
    (own, _), (_, key) = (authority.client_parts(name) for name in ("own", "other"))
    certificate.write_text(own + key)
    refused = cli("subscriptions", "change", "acme", f"--client-certificate-file={certificate}")
    assert refused.code == 2
    assert refused.err == "lessonhook: client_certificate: its private key fits none of its certificates\n"
    assert cli("subscriptions", "show", "acme", "--json").json["client_certificate_ends"] is not None


def test_the_curl_command_names_files(cli: Cli, authority: Authority, certificate: Path) -> None:
    """The key is shown to nobody, `--reveal` or not."""
    put(cli, f"--client-certificate-file={certificate}", f"--ca-bundle-file={authority.certificate_file}")
    out = cli("curl", "acme", "--reveal").out
    assert "--cert client-certificate.pem" in out
    assert "--cacert ca-bundle.pem" in out


def test_doctor_names_those_that_end_soon(
    cli: Cli, producer: Producer, save: Callable[[str, dt.timedelta], None]
) -> None:
    """Thirty days before, the first to end first; beyond, it counts them."""
    found = found_by_doctor(cli)
    assert (found["level"], found["found"]) == ("ok", "0 client certificates, none ends within 30 days")
    save("late", 31 * _DAY)
    producer.subscriptions.put(Subscription(subscriber="without", callback_url=_URL))
    found = found_by_doctor(cli)
    assert (found["level"], found["found"]) == ("ok", "1 client certificate, none ends within 30 days")
    save("soon", 20 * _DAY + _DAY / 2)
    save("sooner", 3 * _DAY + _DAY / 2)
    found = found_by_doctor(cli)
    assert found["level"] == "warn"
    assert found["found"] == (
        "2 of 3 client certificates ended or will end within 30 days: sooner (in 3 days), soon (in 20 days)"
    )
    assert "subscriptions change SUBSCRIBER --client-certificate-file" in found["cure"]


def test_status_names_those_that_doctor_names(cli: Cli, save: Callable[[str, dt.timedelta], None]) -> None:
    """In the same sentence on top, and beside each of them; one that is good for longer is not mentioned."""
    save("acme", 31 * _DAY)
    assert "certificate" not in cli("status").out
    assert "certificate" not in cli("status", "acme").out
    assert cli("status", "--json").json["certificates"] == {"total": 1, "ending": []}
    save("soon", 20 * _DAY + _DAY / 2)
    save("over", -2 * _DAY)
    lines = " ".join(cli("status").out.split())
    assert found_by_doctor(cli)["found"] in lines
    assert "2 of 3 client certificates ended or will end within 30 days: over (ended), soon (in 20 days)" in lines
    soon, over = (f"{dt.datetime.now(dt.UTC) + days * _DAY:%Y-%m-%d}" for days in (20.5, -2))
    for arguments in (("status",), ("status", "soon")):
        assert f"soon: its client certificate ends on {soon}" in " ".join(cli(*arguments).out.split())
    assert f"over: its client certificate ended on {over}" in " ".join(cli("status", "over").out.split())
    assert "ended on" in cli("subscriptions", "show", "over").out


def test_scripts_read_from_status_whose_certificate_ends(cli: Cli, save: Callable[[str, dt.timedelta], None]) -> None:
    """Over all and for one; null for all others, and once a new one is saved."""
    save("acme", 3 * _DAY + _DAY / 2)
    save("well", 100 * _DAY)
    document = cli("status", "--json").json
    [ending] = document["certificates"]["ending"]
    assert (ending["subscriber"], ending["ended"], ending["left"]) == ("acme", False, "in 3 days")
    assert [each["subscriber"] for each in document["subscribers"]] == ["acme", "well"]
    assert [each["ending_certificate"] for each in document["subscribers"]] == [ending, None]
    [one] = cli("status", "acme", "--json").json["subscribers"]
    assert one["ending_certificate"] == ending
    save("acme", 100 * _DAY)
    [one] = cli("status", "acme", "--json").json["subscribers"]
    assert one["ending_certificate"] is None


def test_a_subscription_that_cannot_be_opened_hides_no_status(
    cli: Cli, producer: Producer, save: Callable[[str, dt.timedelta], None]
) -> None:
    """Doctor tells what is wrong with it; the lane is shown all the same."""
    save("over", -_DAY)
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=_URL))
    lane_key = next(iter(producer.ledger.redis.scan_iter(match="*:subscription:acme")))
    producer.ledger.redis.hset(lane_key, "document", "not JSON")
    assert cli("status", "acme").code == 0
    assert "over (ended)" in cli("status").out


def test_doctor_reads_any_number_of_subscriptions(cli: Cli, producer: Producer, authority: Authority) -> None:
    """In chunks, and one that cannot be opened hides none of the others."""
    for number in range(120):
        producer.subscriptions.put(Subscription(subscriber=f"customer-{number:03}", callback_url=_URL))
    certificate = authority.client_certificate("last", ends=_DAY)
    producer.subscriptions.put(Subscription(subscriber="last", callback_url=_URL, client_certificate=certificate))
    producer.ledger.redis.hset("lessonhook:{0}:subscription:none", "document", "not JSON")
    assert len(list(producer.ledger.subscriptions.readable())) == 121
    assert len(producer.subscriptions.list()) == 121
    assert "last (in 0 days)" in cli("doctor").out


def test_doctor_says_whether_tokens_can_be_provided(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said where nobody needs them; it is a worker that must have the setting."""

    def found() -> list[tuple[str, str]]:
        findings = cli("doctor", "--json").json["findings"]
        return [(each["level"], each["found"]) for each in findings if each["what"] == "tokens"]

    assert found() == []
    put(cli, "--authorization-from-provider")
    assert (
        "authorization       a token of LESSONHOOK_AUTHORIZATION_PROVIDER" in cli("subscriptions", "show", "acme").out
    )
    needing = "1 subscription with authorization_from_provider"
    assert found() == [("warn", f"{needing}, and LESSONHOOK_AUTHORIZATION_PROVIDER is not set here")]
    monkeypatch.setenv("LESSONHOOK_AUTHORIZATION_PROVIDER", "no_such_module:provide")
    [(level, text)] = found()
    assert (level, "no_such_module:provide cannot be imported (ModuleNotFoundError)" in text) == ("warn", True)
    monkeypatch.setenv("LESSONHOOK_AUTHORIZATION_PROVIDER", "json:dumps")
    assert found() == [("ok", f"{needing}, provided by json:dumps")]
    refused = cli("subscriptions", "change", "acme", "--authorization-env=HOME")
    assert (refused.code, "authorization_from_provider" in refused.err) == (2, True)
    assert "--header 'Authorization: ***'" in cli("curl", "acme", "--reveal").out


def test_a_test_by_hand_presents_the_certificate(cli: Cli, authority: Authority, certificate: Path) -> None:
    """As a worker does, so that a person sees what the endpoint says."""
    context = authority.demanding_context("127.0.0.1", clients_of=authority)
    with Endpoint(responding(), context=context) as endpoint:
        ca = f"--ca-bundle-file={authority.certificate_file}"
        assert cli("subscriptions", "put", "acme", endpoint.url(), ca).code == 0
        refused = cli("send-test", "acme")
        assert "the endpoint demands a client certificate, and the subscription has none" in refused.out
        assert cli("subscriptions", "change", "acme", f"--client-certificate-file={certificate}").code == 0
        assert "200: the endpoint accepted it" in cli("send-test", "acme").out
