"""Encryption keys are set and changed without downtime, and the old one can be taken away."""

import json

import pytest
from cryptography.fernet import Fernet

from lessonhook.config import Settings
from lessonhook.ledger import Ledger, Policy, Subscription, Undecipherable, Vault
from lessonhook.ledger.transitions.keys import key
from lessonhook.producer import Producer
from tests.support.people.stored_fields import lane_fields
from tests.support.processes.command_line import Cli

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
TOKEN = "Token of the customer"
BODY = b'{"user":{"id":"1"}}'


def with_keys(ledger: Ledger, *keys: str, accept_plain: bool = False) -> Ledger:
    """Return the same ledger as a process with these keys has it."""
    return Ledger(ledger.redis, Policy.from_settings(Settings()), Vault(keys, accept_plain=accept_plain))


def put(ledger: Ledger, *names: str) -> None:
    """Save subscriptions."""
    for name in names:
        ledger.subscriptions.put(Subscription(subscriber=name, callback_url="http://x.example/", authorization=TOKEN))


def record(ledger: Ledger, subscriber: str, *event_ids: str) -> None:
    """Record events with the same body."""
    for event_id in event_ids:
        ledger.record(subscriber, event_id, body=BODY, learner=event_id, lesson="1", completed_at=1)


def token_of(ledger: Ledger, name: str) -> str:
    """Read an Authorization value back."""
    subscription = ledger.subscriptions.get(name)
    assert subscription is not None
    assert subscription.authorization is not None
    return subscription.authorization.get_secret_value()


def test_after_resealing_the_old_key_is_needed_no_more(
    cli: Cli, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of subscriptions and bodies. The doctor says before that something is to be done, and after it no more."""
    ledger = producer.ledger
    old, new = with_keys(ledger, OLD), with_keys(ledger, NEW)
    put(old, "one", "two")
    record(old, "one", "1", "2", "3")
    put(with_keys(ledger, NEW, OLD), "sealed")
    with pytest.raises(Undecipherable):
        new.subscriptions.get("one")
    lifetime = ledger.redis.pttl(key("body", "one", "1"))
    monkeypatch.setenv("LESSONHOOK_ENCRYPTION_KEYS", json.dumps([NEW, OLD]))
    examined = cli("doctor").out
    assert "warn  encryption" in examined
    assert "2 subscriptions and 3 bodies not sealed with the first key" in examined
    ran = cli("reseal")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "2 subscriptions and 3 bodies sealed with the first key\n"
    assert "ok    encryption" in cli("doctor").out
    assert cli("reseal").out == "0 subscriptions and 0 bodies sealed with the first key\n"
    for name in ("one", "two", "sealed"):
        assert token_of(new, name) == TOKEN
    assert [new.events.body("one", event_id) for event_id in ("1", "2", "3")] == [BODY] * 3
    assert 0 < ledger.redis.pttl(key("body", "one", "1")) <= lifetime


def test_an_installation_gets_its_first_key(cli: Cli, producer: Producer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain text is read while the operator accepts it, `reseal` seals it, and from then on it is refused."""
    ledger = producer.ledger
    put(ledger, "one")
    record(ledger, "one", "1")
    monkeypatch.setenv("LESSONHOOK_ENCRYPTION_KEYS", json.dumps([NEW]))
    ran = cli("reseal")
    assert (ran.code, ran.out) == (1, "0 subscriptions and 0 bodies sealed with the first key\n")
    assert "2 values not sealed" in ran.err
    assert "LESSONHOOK_ACCEPT_PLAIN_VALUES=true" in ran.err
    monkeypatch.setenv("LESSONHOOK_ACCEPT_PLAIN_VALUES", "true")
    assert token_of(with_keys(ledger, NEW, accept_plain=True), "one") == TOKEN
    assert cli("reseal").out == "1 subscription and 1 body sealed with the first key\n"
    assert "take LESSONHOOK_ACCEPT_PLAIN_VALUES away" in cli("doctor").out
    monkeypatch.delenv("LESSONHOOK_ACCEPT_PLAIN_VALUES")
    assert "ok    encryption" in cli("doctor").out
    strict = with_keys(ledger, NEW)
    assert (token_of(strict, "one"), strict.events.body("one", "1")) == (TOKEN, BODY)


def test_the_tokens_of_an_earlier_version_are_read_and_sealed_anew(producer: Producer) -> None:
    """They were Fernet's, which are bound to no place."""
    ledger = producer.ledger
    put(ledger, "one")
    record(ledger, "one", "1")
    document, body = key("subscription", "one"), key("body", "one", "1")
    plain = ledger.subscriptions.document("one") or b""
    ledger.redis.hset(document, "document", b"sealed:fernet:" + Fernet(NEW).encrypt(plain))
    ledger.redis.set(body, b"sealed:fernet:" + Fernet(NEW).encrypt(BODY), keepttl=True)
    new = with_keys(ledger, NEW)
    assert (token_of(new, "one"), new.events.body("one", "1")) == (TOKEN, BODY)
    assert new.resealing.due() == ["one"]
    assert list(new.resealing.bodies_due()) == [body]
    assert new.resealing.reseal("one")
    assert new.resealing.reseal_body(body)
    assert (token_of(new, "one"), new.events.body("one", "1")) == (TOKEN, BODY)
    assert (new.resealing.due(), list(new.resealing.bodies_due())) == ([], [])


@pytest.mark.parametrize("keys", [(), (NEW,)], ids=["plain", "sealed"])
def test_a_subscription_under_another_name_is_not_used(producer: Producer, keys: tuple[str, ...]) -> None:
    """With keys the seal does not fit its place; without them the document names its own subscriber."""
    ledger = with_keys(producer.ledger, *keys)
    put(ledger, "one", "two")
    ledger.redis.hset(key("subscription", "two"), "document", ledger.subscriptions.document("one") or b"")
    with pytest.raises(Undecipherable):
        ledger.subscriptions.get("two")


def test_a_body_under_another_event_is_not_read(producer: Producer) -> None:
    """Neither of the same subscriber nor of another one."""
    ledger = with_keys(producer.ledger, NEW)
    put(ledger, "one", "two")
    record(ledger, "one", "1", "2")
    record(ledger, "two", "1")
    body = ledger.redis.get(key("body", "one", "1")) or b""
    for subscriber, event_id in (("one", "2"), ("two", "1")):
        ledger.redis.set(key("body", subscriber, event_id), body, keepttl=True)
        with pytest.raises(Undecipherable):
            ledger.events.body(subscriber, event_id)


def test_resealing_forgets_no_failure_and_lifts_no_pause(producer: Producer) -> None:
    """To the lane it is the same endpoint, also when it is put again as it is."""
    ledger = producer.ledger
    put(with_keys(ledger, OLD), "one")
    ledger.pause("one")
    lane = lane_fields(ledger, "one")
    swapped = with_keys(ledger, NEW, OLD)
    assert swapped.resealing.reseal("one")
    assert lane_fields(ledger, "one") == lane
    endpoint = ledger.redis.hget(key("subscription", "one"), "endpoint_digest")
    put(swapped, "one")
    assert ledger.redis.hget(key("subscription", "one"), "endpoint_digest") == endpoint


def test_what_is_put_meanwhile_stays_as_it_is_put(producer: Producer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corrected token must not be overwritten by the one that was read before."""
    ledger = producer.ledger
    put(with_keys(ledger, OLD), "one")
    swapped = with_keys(ledger, NEW, OLD)
    seal = swapped.vault.seal
    corrected = Subscription(subscriber="one", callback_url="http://x.example/", authorization="Token corrected")

    def seal_late(plain: bytes, place: str) -> bytes:
        with_keys(ledger, OLD).subscriptions.put(corrected)
        return seal(plain, place)

    monkeypatch.setattr(swapped.vault, "seal", seal_late)
    assert not swapped.resealing.reseal("one")
    assert token_of(swapped, "one") == "Token corrected"


def test_a_body_that_is_erased_meanwhile_stays_erased(producer: Producer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealing it again must not bring it back."""
    ledger = producer.ledger
    put(with_keys(ledger, OLD), "one")
    record(with_keys(ledger, OLD), "one", "1")
    swapped, body = with_keys(ledger, NEW, OLD), key("body", "one", "1")
    seal = swapped.vault.seal

    def seal_late(plain: bytes, place: str) -> bytes:
        ledger.erase("one", "1")
        return seal(plain, place)

    monkeypatch.setattr(swapped.vault, "seal", seal_late)
    assert not swapped.resealing.reseal_body(body)
    assert not ledger.redis.exists(body)


def test_without_keys_there_is_nothing_to_seal_with(cli: Cli, producer: Producer) -> None:
    """Wrong usage, and nothing is changed."""
    ledger = producer.ledger
    put(ledger, "one")
    ran = cli("reseal")
    assert (ran.code, ran.out) == (2, "")
    assert "LESSONHOOK_ENCRYPTION_KEYS" in ran.err
    assert token_of(ledger, "one") == TOKEN
