"""A subscription is refused with the rule it breaks, kept as it was written, and never shows a secret."""

import json
import pickle
import time
import traceback

import pytest

from lessonhook.config import LessonhookError
from lessonhook.ledger.errors import InvalidSubscription, Undecipherable
from lessonhook.ledger.subscriptions.callback_url import CallbackUrl
from lessonhook.ledger.subscriptions.credentials import new_signing_secret
from lessonhook.ledger.subscriptions.subscription import Subscription

URL = "https://hooks.example.com/in?sig=a%2fb%7E+&empty="
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
MARK = "MARK-5e0d"


def subscription(**changes: object) -> Subscription:
    """Make a valid subscription, but for what a test changes."""
    return Subscription.model_validate({"subscriber": "acme", "callback_url": URL, **changes})


def refusal(**changes: object) -> InvalidSubscription:
    """Return the error that refuses a subscription with these fields."""
    with pytest.raises(InvalidSubscription) as caught:
        subscription(**changes)
    return caught.value


@pytest.mark.parametrize(
    ("given", "kept"), [("acme", "acme"), (42, "42"), ("a:b@c~!", "a:b@c~!"), ("x" * 128, "x" * 128)]
)
def test_a_subscriber_is_printable_text_and_a_number_becomes_its_text(given: object, kept: str) -> None:
    """1 to 128 printable ASCII characters; an LMS that has numbers may give them as they are."""
    assert subscription(subscriber=given).subscriber == kept


@pytest.mark.parametrize(
    "given", ["", "x" * 129, "a b", "a/b", "a{b", "a}b", "a\n", "é", "\x7f", 1.5, True, None, b"acme"]
)
def test_a_subscriber_that_could_not_stand_in_a_key_is_refused(given: object) -> None:
    """A blank, a slash, braces and what is not printable ASCII would change what a Redis key means."""
    assert list(refusal(subscriber=given).problems) == ["subscriber"]


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "HTTP://Example.COM",
        "http://example.com:8080?x=%2f",
        "https://[2001:DB8::1]:8443/a//b/../c;d",
        "https://bücher.example/pfad",
        "http://127.1/x",
        "https://h_1.example.com./{id}|^`",
    ],
)
def test_a_url_is_kept_verbatim(url: str) -> None:
    """Not a byte is normalised: a signature in the query covers what was written."""
    assert subscription(callback_url=url).callback_url == url


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("", "between 1 and"),
        ("x" * 8001, "between 1 and"),
        ("ftp://example.com/", "must begin with"),
        ("example.com/hook", "must begin with"),
        ("https:/example.com", "must begin with"),
        (" https://example.com/", "must begin with"),
        ("https:///path", "valid host"),
        ("https://:443/", "valid host"),
        ("https://user:pass@example.com/", "user or a password"),
        ("https://@example.com/", "user or a password"),
        ("https://example.com/#part", "fragment"),
        ("https://example.com/#", "fragment"),
        ("https://example.com/a b", "position 22"),
        ("https://example.com/a\nb", "position 22"),
        ("https://example.com/é", "position 21"),
        ("https://example.com/?q=\x7f", "position 24"),
        ("https://example.com/a\\b", "position 22"),
        ("https://example.com\\@evil.example/", "user or a password"),
        ("https://example.com\\x/", "valid host"),
        ("https://exa mple.com/", "valid host"),
        ("https://exa%6dple.com/", "valid host"),
        ("https://a..b/", "valid host"),
        (f"https://{'a' * 64}.com/", "valid host"),
        ("https://a*b/", "valid host"),
        ("https://256.1.1.1/", "valid host"),
        ("https://[::1/", "valid host"),
        ("https://[::g]/", "IPv6"),
        ("https://[fe80::1%25eth0]/", "zone"),
        ("https://[fe80::1%eth0]/", "zone"),
        ("https://[::1]x/", "valid host"),
        ("https://example.com:/", "port"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:8o/", "port"),
        ("https://example.com:+80/", "port"),
        ("https://example.com:٨٠/", "port"),
        (None, "must be text"),
    ],
)
def test_a_url_that_cannot_be_sent_as_it_is_written_is_refused(url: object, rule: str) -> None:
    """A user, a fragment, a character that a request line cannot carry: each has its rule, and none is quoted."""
    assert rule in refusal(callback_url=url).problems["callback_url"]


@pytest.mark.parametrize("blank", [None, "", " ", "    "])
def test_a_blank_authorization_is_an_absent_one(blank: str | None) -> None:
    """Some receivers refuse an empty header."""
    assert subscription(authorization=blank).authorization is None


@pytest.mark.parametrize("value", ["Token abc", "Bearer  two  blanks ", "Basic ünïcode", "a", "x\xa0y\xad"])
def test_an_authorization_is_kept_byte_for_byte(value: str) -> None:
    """Inner and trailing blanks are part of what was written."""
    kept = subscription(authorization=value).authorization
    assert kept is not None
    assert kept.get_secret_value() == value


@pytest.mark.parametrize(
    ("value", "position"),
    [
        (f"{MARK}\r\nX-Other: 1", 10),
        (f"{MARK}\n", 10),
        (f"{MARK}\0", 10),
        (f"{MARK}\t", 10),
        (f"{MARK}\x7f", 10),
        (f"{MARK}\x85", 10),
        (f" {MARK}", 1),
        (f"{MARK}€", 10),
        ("\t", 1),
    ],
)
def test_an_authorization_that_no_header_can_carry_is_refused_by_position(value: str, position: int) -> None:
    """The text names the position of the offending character, counted from 1, and never the value."""
    refused = refusal(authorization=value)
    assert f"position {position}" in refused.problems["authorization"]
    assert MARK not in str(refused)


@pytest.mark.parametrize(
    "value", ["secret", "whsec_", "whsec_*", "whsec_YQ==", SECRET[6:], f"{SECRET}A", f"whsec_{'QUFB' * 22}"]
)
def test_a_signing_secret_is_base64_of_24_to_64_bytes_behind_its_prefix(value: str) -> None:
    """Standard Webhooks names the form; another one would fail in the receiver's library."""
    assert list(refusal(signing_secret=value).problems) == ["signing_secret"]


def test_a_new_signing_secret_is_valid_and_never_the_same() -> None:
    """What `rotate-secret` makes can be saved."""
    first, second = new_signing_secret(), new_signing_secret()
    assert first != second
    assert subscription(signing_secret=first).signing_secrets == (first,)


def test_a_rotated_secret_signs_beside_the_one_before_it() -> None:
    """While receivers change over, either secret verifies; the one before both is forgotten."""
    rotated = subscription(signing_secret=SECRET).with_rotated_secret(OTHER_SECRET)
    assert rotated.signing_secrets == (OTHER_SECRET, SECRET)
    third = new_signing_secret()
    assert rotated.with_rotated_secret(third).signing_secrets == (third, OTHER_SECRET)


def test_rotating_to_a_wrong_secret_is_refused() -> None:
    """A blank secret would turn signing off by accident."""
    with pytest.raises(InvalidSubscription):
        subscription(signing_secret=SECRET).with_rotated_secret(" ")
    with pytest.raises(InvalidSubscription):
        subscription(signing_secret=SECRET).with_rotated_secret(MARK)


def test_a_previous_secret_alone_is_refused() -> None:
    """It would sign with nothing but the secret that was rotated away."""
    assert list(refusal(previous_signing_secret=SECRET).problems) == ["previous_signing_secret"]


def test_every_wrong_field_is_named_at_once() -> None:
    """A settings page shows each rule beside its field; a name that is no field's is not quoted."""
    wrong: dict[str, object] = {"acknowledgement": {"status": 1, "present": "x"}, "max_in_flight": 0, MARK: 1}
    refused = refusal(callback_url="ftp://x", authorization="\n", **wrong)
    of_the_rule = {"acknowledgement.status", "acknowledgement.present"}
    assert set(refused.problems) == {"callback_url", "authorization", "max_in_flight", "subscription"} | of_the_rule
    assert "known are subscriber, callback_url, authorization" in refused.problems["subscription"]
    assert MARK not in str(refused)


def test_a_missing_field_is_named() -> None:
    """The constructor refuses as `model_validate` does, and by one error type."""
    with pytest.raises(LessonhookError, match="callback_url"):
        Subscription(subscriber="acme")  # type: ignore[call-arg] # the missing one is what is tested


def test_a_refusal_carries_no_value_in_text_context_or_traceback() -> None:
    """Pydantic's own error quotes its input in `errors()` and `json()`: it must not hang on ours."""
    refused = refusal(authorization=f"{MARK}\n", signing_secret=MARK, callback_url=f"ftp://{MARK}")
    assert refused.__context__ is None
    assert refused.__cause__ is None
    assert MARK not in "".join(traceback.format_exception(refused)) + repr(refused) + str(refused.problems)


def test_no_text_of_a_subscription_shows_what_is_secret() -> None:
    """`repr`, `str` and JSON show no credential; `repr` also hides the URL, whose query may hold a key."""
    shown = subscription(authorization=MARK, signing_secret=SECRET, previous_signing_secret=OTHER_SECRET)
    for text in (repr(shown), str(shown), f"{shown}", shown.model_dump_json(), str(shown.model_dump())):
        assert MARK not in text
        assert SECRET not in text
        assert OTHER_SECRET not in text
    assert "sig=" not in repr(shown)


def test_the_view_shows_of_credentials_only_whether_they_are_set() -> None:
    """What the command line and an LMS's settings page read."""
    view = subscription(authorization=MARK, max_in_flight=3).view()
    assert MARK not in view.model_dump_json() + repr(view)
    assert (view.authorization_set, view.signing_secret_set, view.previous_signing_secret_set) == (True, False, False)
    assert (view.callback_url, view.max_in_flight) == (URL, 3)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"authorization": "Bearer ünï  ", "signing_secret": OTHER_SECRET, "previous_signing_secret": SECRET},
        {"external_user_ids": True, "numeric_ids": True, "deprecated_score": True},
        {"max_in_flight": 1000, "max_per_second": 0.25},
    ],
)
def test_a_document_brings_back_the_same_subscription(changes: dict[str, object]) -> None:
    """What is saved is what is read, secrets included."""
    saved = subscription(**changes)
    assert Subscription.from_document(saved.to_document()) == saved


def test_a_former_secret_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a day; the view says until when, and the lane takes its end for no new endpoint."""
    now = time.time()
    rotated = subscription(signing_secret=SECRET).with_rotated_secret(OTHER_SECRET)
    assert list(rotated.signing_secrets) == [OTHER_SECRET, SECRET]
    ends = rotated.view().previous_secret_ends_at
    assert ends is not None
    assert now + 86_390 < ends <= now + 86_410
    digest = rotated.endpoint_digest()
    monkeypatch.setattr(time, "time", lambda: float(ends))
    assert list(rotated.signing_secrets) == [OTHER_SECRET]
    assert (rotated.view().previous_signing_secret_set, rotated.view().previous_secret_ends_at) == (False, None)
    assert rotated.endpoint_digest() == digest
    assert Subscription.from_document(rotated.to_document()) == rotated


def test_a_former_secret_may_end_at_once_or_later() -> None:
    """One that leaked is not even kept; 30 days are the most."""
    signed = subscription(signing_secret=SECRET)
    ended = signed.with_rotated_secret(OTHER_SECRET, former_for_seconds=0)
    assert (ended.signing_secrets, ended.previous_signing_secret) == ((OTHER_SECRET,), None)
    assert SECRET not in ended.to_document().decode()
    signed.with_rotated_secret(OTHER_SECRET, former_for_seconds=30 * 86_400)
    for wrong in (-1, 30 * 86_400 + 1):
        with pytest.raises(InvalidSubscription, match="30 days"):
            signed.with_rotated_secret(OTHER_SECRET, former_for_seconds=wrong)


def test_a_former_secret_of_before_signs_until_the_next_rotation() -> None:
    """A document without the time has none."""
    saved = subscription(signing_secret=SECRET, previous_signing_secret=OTHER_SECRET)
    assert saved.signing_secrets == (SECRET, OTHER_SECRET)
    assert saved.view().previous_signing_secret_set


def test_a_document_of_another_release_is_read() -> None:
    """Unknown fields are ignored, missing ones have their default, and rules of today are not asked again."""
    stored = {
        "subscriber": "a b/c",
        "callback_url": "http://u@old.example/#x",
        "authorization": " x",
        "newer": {"a": 1},
    }
    read = Subscription.from_document(json.dumps(stored).encode())
    assert (read.subscriber, read.callback_url) == ("a b/c", "http://u@old.example/#x")
    assert read.authorization is not None
    assert read.authorization.get_secret_value() == " x"
    assert (read.signing_secrets, read.numeric_ids, read.max_in_flight) == ((), False, None)


@pytest.mark.parametrize(
    "damaged",
    [
        b'{"authorization": "Token 1',
        b"[]",
        b"{}",
        b"\xff",
        b'{"subscriber": "acme", "callback_url": ["Token 1"]}',
        b'{"subscriber": "acme", "authorization": "Token 1"}',
        b'{"subscriber": null, "callback_url": "https://acme.example/hook", "authorization": "Token 1"}',
    ],
)
def test_a_damaged_document_is_not_read_and_not_quoted(damaged: bytes) -> None:
    """The error of whatever reads it would carry the document, credentials included."""
    with pytest.raises(Undecipherable) as raised:
        Subscription.from_document(damaged)
    assert "Token" not in str(raised.value)
    assert vars(raised.value) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"callback_url": URL + "1"},
        {"authorization": "Token 2"},
        {"authorization": None},
        {"signing_secret": OTHER_SECRET},
        {"signing_secret": None},
    ],
)
def test_the_digest_changes_with_the_url_and_each_credential(change: dict[str, object]) -> None:
    """A mended endpoint is known by it; nothing of a credential can be read from it."""
    before = {"authorization": "Token 1", "signing_secret": SECRET}
    digest = subscription(**before).endpoint_digest()
    assert subscription(**{**before, **change}).endpoint_digest() != digest
    assert subscription(**before, max_in_flight=2, numeric_ids=True).endpoint_digest() == digest
    assert len(digest) == 32


def test_a_subscription_is_a_value() -> None:
    """It cannot be changed in place, compares by its fields, and crosses a process boundary."""
    first = subscription(authorization="x")
    assert first == subscription(authorization="x")
    assert hash(first) == hash(subscription(authorization="x"))
    assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301 - pickled here
    with pytest.raises(Exception, match="frozen"):
        first.authorization = None  # type: ignore[misc] # refused is what is tested


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://Hooks.Example:443/in", "Hooks.Example"),
        ("http://hooks.example:80", "hooks.example"),
        ("http://hooks.example:00080/", "hooks.example"),
        ("https://[2606:4700::1111]:443/", "[2606:4700::1111]"),
        ("https://hooks.example/", "hooks.example"),
        ("https://hooks.example:80/", "hooks.example:80"),
        ("http://hooks.example:443/", "hooks.example:443"),
    ],
)
def test_a_default_port_is_left_out_of_the_host_header(url: str, authority: str) -> None:
    """As curl and requests do it. A receiver behind a proxy that compares the whole value responded with 404."""
    assert CallbackUrl.parse(url).authority == authority
