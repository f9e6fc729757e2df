"""Encryption keys are changed without downtime, and the old one can be taken away."""

import json

import pytest
from cryptography.fernet import Fernet

from lessonhook.config import Settings
from lessonhook.ledger import Ledger, Policy, Resealing, Subscription, Undecipherable, Vault
from lessonhook.ledger.keys import key
from lessonhook.producer import Producer
from tests.integration.console.conftest import Cli

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
TOKEN = "Token of the customer"


def with_keys(ledger: Ledger, *keys: str) -> Ledger:
    """Answer the same ledger as a process with these keys has it."""
    return Ledger(ledger.redis, Policy.from_settings(Settings()), Vault(keys))


def put(ledger: Ledger, *names: str) -> None:
    """Save subscriptions."""
    for name in names:
        ledger.put_subscription(Subscription(subscriber=name, callback_url="http://x.example/", authorization=TOKEN))


def token_of(ledger: Ledger, name: str) -> str:
    """Read an Authorization value back."""
    subscription = ledger.subscription(name)
    assert subscription is not None
    assert subscription.authorization is not None
    return subscription.authorization.get_secret_value()


def test_after_resealing_the_old_key_is_needed_no_more(
    cli: Cli, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was in the open is sealed too; the doctor says before that something is to be done, and after it no more."""
    ledger = producer.ledger
    put(with_keys(ledger, OLD), "one", "two")
    put(ledger, "open")
    put(with_keys(ledger, NEW, OLD), "sealed")
    with pytest.raises(Undecipherable):
        with_keys(ledger, NEW).subscription("one")
    monkeypatch.setenv("LESSONHOOK_ENCRYPTION_KEYS", json.dumps([NEW, OLD]))
    assert "warn  encryption" in cli("doctor").out
    ran = cli("subscriptions", "reseal")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "3 subscriptions sealed with the first key\n"
    assert "ok    encryption" in cli("doctor").out
    assert cli("subscriptions", "reseal").out == "0 subscriptions sealed with the first key\n"
    for name in ("one", "two", "open", "sealed"):
        assert token_of(with_keys(ledger, NEW), name) == TOKEN


def test_resealing_forgets_no_failure_and_lifts_no_pause(producer: Producer) -> None:
    """To the lane it is the same endpoint, also when it is put again as it is."""
    ledger = producer.ledger
    put(with_keys(ledger, OLD), "one")
    ledger.pause("one")
    lane = ledger.inspect_lane("one")
    swapped = with_keys(ledger, NEW, OLD)
    assert Resealing(swapped).reseal("one")
    assert ledger.inspect_lane("one") == lane
    endpoint = ledger.redis.hget(key("subscription", "one"), "endpoint")
    put(swapped, "one")
    assert ledger.redis.hget(key("subscription", "one"), "endpoint") == endpoint


def test_what_is_put_meanwhile_stays_as_it_is_put(producer: Producer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corrected token must not be overwritten by the one that was read before."""
    ledger = producer.ledger
    put(with_keys(ledger, OLD), "one")
    swapped = with_keys(ledger, NEW, OLD)
    seal = swapped.vault.seal
    corrected = Subscription(subscriber="one", callback_url="http://x.example/", authorization="Token corrected")

    def seal_late(plain: bytes) -> bytes:
        with_keys(ledger, OLD).put_subscription(corrected)
        return seal(plain)

    monkeypatch.setattr(swapped.vault, "seal", seal_late)
    assert not Resealing(swapped).reseal("one")
    assert token_of(swapped, "one") == "Token corrected"


def test_without_keys_there_is_nothing_to_seal_with(cli: Cli, producer: Producer) -> None:
    """Wrong usage, and nothing is changed."""
    ledger = producer.ledger
    put(ledger, "one")
    ran = cli("subscriptions", "reseal")
    assert (ran.code, ran.out) == (2, "")
    assert "LESSONHOOK_ENCRYPTION_KEYS" in ran.err
    assert token_of(ledger, "one") == TOKEN
