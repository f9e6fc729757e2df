"""A client certificate and a CA bundle are checked when they are saved, and are shown nowhere that they must not be."""

import datetime as dt
import hashlib
import json
import ssl
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lessonhook.ledger.subscriptions import certificate_loading
from lessonhook.producer import InvalidSubscription, Subscription
from tests.support.endpoints.certificates import Authority, ClientKey, pem_of_key

DAY = dt.timedelta(days=1)
URL = "https://acme.example/hook"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return an authority of the tests' own."""
    return Authority(tmp_path_factory.mktemp("authority"))


def subscription(**fields: object) -> Subscription:
    """Return a subscription with these fields."""
    return Subscription.model_validate({"subscriber": "acme", "callback_url": URL, **fields})


def problem(field: str, value: object, **others: object) -> str:
    """Return the rule that a value of a field breaks."""
    with pytest.raises(InvalidSubscription) as refused:
        subscription(**{field: value, **others})
    assert list(refused.value.problems) == [field]
    return refused.value.problems[field]


def damaged(block: str) -> str:
    """Return a block of PEM that is no longer what it says."""
    first, second, *others = block.splitlines(keepends=True)
    return "".join((first, "AAAA" + second[4:], *others))


def key_of_characters(count: int) -> str:
    """Return a block of so many characters that says to be a key."""
    begin, end = "-----BEGIN PRIVATE KEY-----\n", "\n-----END PRIVATE KEY-----\n"
    return begin + "A" * (count - len(begin + end)) + end


def of_unknown_version(block: str) -> str:
    """Return a certificate that says to be of X.509's version 9; there are three."""
    third, ninth = b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x08"
    return ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(block).replace(third, ninth, 1))


def saved_certificate(given: Subscription) -> str:
    """Return the client certificate as it is saved."""
    assert given.client_certificate is not None
    return given.client_certificate.get_secret_value()


def test_the_blocks_are_saved_with_the_clients_own_first(authority: Authority) -> None:
    """In whatever order they come, with whatever text around them: OpenSSL takes the first for the client's own."""
    certificate, key = authority.client_parts("acme-client")
    expected = certificate + authority.pem + key
    for given in (
        certificate + authority.pem + key,
        key + authority.pem + certificate,
        f"Bag Attributes\n  localKeyID: 01\n{authority.pem}subject=CN=acme\n{certificate}\n\n{key}",
        f"{certificate}{authority.pem}{key}".replace("\n", "\r\n"),
    ):
        assert saved_certificate(subscription(client_certificate=given)) == expected


@pytest.mark.parametrize(
    "form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL], ids=["PKCS 8", "SEC 1"]
)
@pytest.mark.parametrize(
    "make",
    [lambda: ec.generate_private_key(ec.SECP384R1()), lambda: rsa.generate_private_key(65537, 2048)],
    ids=["EC", "RSA"],
)
def test_the_usual_kinds_of_keys_are_taken(
    authority: Authority, form: serialization.PrivateFormat, make: Callable[[], ClientKey]
) -> None:
    """`openssl ecparam -genkey` writes a block with the curve's parameters before the key."""
    key = make()
    certificate, _ = authority.client_parts("acme-client", key=key)
    text = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert subscription(client_certificate=certificate + parameters + text).client_certificate_ends


def test_a_blank_one_is_none() -> None:
    """As for every other credential."""
    given = subscription(client_certificate=" \n", ca_bundle="")
    assert (given.client_certificate, given.ca_bundle, given.client_certificate_ends) == (None, None, None)


def test_a_wrong_client_certificate_is_refused_in_words(authority: Authority) -> None:
    """The words say what to do, and quote nothing."""
    certificate, key = authority.client_parts("acme-client")
    _, other_key = authority.client_parts("other-client")
    encrypted = pem_of_key(ec.generate_private_key(ec.SECP256R1()), b"secret")
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is to be refused
    rules = {
        certificate: "must have one private key (-----BEGIN PRIVATE KEY-----); it has 0",
        certificate + key + key: "must have one private key (-----BEGIN PRIVATE KEY-----); it has 2",
        key: "must have a certificate (-----BEGIN CERTIFICATE-----); it has none",
        certificate + other_key: "its private key fits none of its certificates",
        certificate + encrypted: (
            "its private key is encrypted; decrypt it first: openssl pkey -in key.pem -out plain.pem"
        ),
        certificate + damaged(key): "its private key cannot be read",
        damaged(certificate) + key: "its certificate 1 cannot be read",
        of_unknown_version(certificate) + key: "its certificate 1 cannot be read",
        certificate + key.rstrip().removesuffix("-----END PRIVATE KEY-----"): (
            "has a -----BEGIN line without its -----END line"
        ),
        "".join(authority.client_parts("acme-client", key=short)): "OpenSSL refuses it: ee key too small",
        certificate + key + "é": "must be PEM, which is ASCII",
        certificate * 40 + key: "must have at most 16,384 bytes",
        certificate + key_of_characters(3_501): ("its private key is too long: an RSA key may have at most 4,096 bits"),
        certificate + key_of_characters(3_499): "its private key cannot be read",
        "Token abc": "must have one private key (-----BEGIN PRIVATE KEY-----); it has 0",
    }
    assert {text: problem("client_certificate", text) for text in rules} == rules
    assert problem("client_certificate", 17) == "must be text"


def test_a_client_certificate_must_be_valid_now(authority: Authority) -> None:
    """One that ended, or that begins next week, would fail with each POST."""
    ended = "".join(authority.client_parts("acme-client", begins=-20 * DAY, ends=-DAY))
    early = "".join(authority.client_parts("acme-client", begins=7 * DAY))
    assert problem("client_certificate", ended).startswith("its certificate ended on 20")
    assert problem("client_certificate", early).startswith("its certificate is valid only from 20")


def test_without_cryptography_the_words_say_what_to_install(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in an extra, and an LMS without client certificates does not need it."""
    text = authority.client_certificate("acme-client")
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    assert problem("client_certificate", text) == (
        "needs cryptography, which is not installed: pip install 'lessonhook[encryption]'"
    )


def test_a_wrong_bundle_is_refused_in_words(authority: Authority) -> None:
    """A key in it would be shown to everybody who may see the subscription."""
    rules = {
        authority.pem + authority.client_parts("acme-client")[1]: (
            "must not have a private key: it is no secret, and is shown"
        ),
        "no PEM": "must have a certificate (-----BEGIN CERTIFICATE-----); it has none",
        authority.pem + damaged(authority.pem): "its certificate 2 cannot be read",
        authority.pem * 60: "must have at most 32,768 bytes",
    }
    assert {text: problem("ca_bundle", text) for text in rules} == rules
    assert subscription(ca_bundle=f"# ours\n{authority.pem}\n").ca_bundle == authority.pem


@pytest.mark.parametrize("field", ["client_certificate", "ca_bundle"])
def test_both_need_https(authority: Authority, field: str) -> None:
    """Without TLS nobody would be authenticated, and nobody would notice."""
    text = authority.pem if field == "ca_bundle" else authority.client_certificate("acme-client")
    assert problem(field, text, callback_url="http://acme.example/") == "needs a callback_url that begins with https://"


def test_what_is_saved_is_what_is_read(authority: Authority) -> None:
    """With the time when the certificate ends, which a process without cryptography reads there."""
    given = subscription(client_certificate=authority.client_certificate("acme-client"), ca_bundle=authority.pem)
    read = Subscription.from_document(given.to_document())
    assert read == given
    assert read.client_certificate_ends == given.client_certificate_ends
    assert read.endpoint_digest() == given.endpoint_digest()
    ends = dt.datetime.now(dt.UTC) + 90 * DAY
    assert abs((read.client_certificate_ends or 0) - ends.timestamp()) < 60


def test_one_that_ended_meanwhile_forbids_no_other_change(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A saved one is not checked again: not for its end, and not in a process without cryptography."""
    given = subscription(client_certificate=authority.client_certificate("acme-client"))
    saved = Subscription.from_document(given.to_document())
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    monkeypatch.setitem(sys.modules, "cryptography.x509", None)
    monkeypatch.setattr("time.time", lambda: (saved.client_certificate_ends or 0) + 1.0)
    fields = {name: getattr(saved, name) for name in Subscription.model_fields}
    changed = Subscription.model_validate({**fields, "max_in_flight": 3})
    assert saved_certificate(changed) == saved_certificate(given)
    assert changed.client_certificate_ends == given.client_certificate_ends


def test_another_certificate_or_bundle_is_another_endpoint(authority: Authority) -> None:
    """The lane takes a new one for a correction. Without either, the digest is that of earlier releases."""
    first, second = (authority.client_certificate("acme-client") for _ in range(2))
    digests = {
        subscription(**fields).endpoint_digest()
        for fields in ({}, {"client_certificate": first}, {"client_certificate": second}, {"ca_bundle": authority.pem})
    }
    assert len(digests) == 4
    assert subscription().endpoint_digest() == hashlib.sha256(json.dumps([URL, None]).encode()).hexdigest()[:32]


def test_nothing_of_the_key_is_shown(authority: Authority) -> None:
    """The bundle is public, and the end of the certificate is what people need."""
    text = authority.client_certificate("acme-client")
    given = subscription(client_certificate=text, ca_bundle=authority.pem)
    view = given.view()
    for shown in (repr(given), str(given.model_dump()), given.model_dump_json(), repr(view), view.model_dump_json()):
        assert "PRIVATE KEY" not in shown
        assert all(line not in shown for line in text.splitlines() if "CERTIFICATE" not in line)
    assert (view.client_certificate_set, view.client_certificate_ends) == (True, given.client_certificate_ends)
    assert view.ca_bundle == authority.pem
    assert "BEGIN" not in repr(view)


@pytest.mark.parametrize("has_memory_files", [True, False])
def test_openssl_reads_the_key_from_a_file_that_is_gone_afterwards(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_memory_files: bool
) -> None:
    """In memory on Linux; elsewhere in a file of its owner alone."""
    if not has_memory_files:
        monkeypatch.delattr("os.memfd_create", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[tuple[bool, int]] = []

    class Context(ssl.SSLContext):
        def load_cert_chain(self, path: str, *arguments: object, **named: object) -> None:  # type: ignore[override]
            seen.append((Path(path).is_relative_to(tmp_path), Path(path).stat().st_mode & 0o077))
            super().load_cert_chain(path, *arguments, **named)  # type: ignore[arg-type]

    certificate_loading.load_client_certificate(
        Context(ssl.PROTOCOL_TLS_CLIENT), authority.client_certificate("acme-client")
    )
    assert [in_folder for in_folder, _ in seen] == [not has_memory_files]
    assert has_memory_files or seen[0][1] == 0
    assert list(tmp_path.iterdir()) == []
