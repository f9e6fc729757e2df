"""Subscriptions are put, read, listed and removed; what is secret in them goes in and never comes out."""

import pytest

from lessonhook.producer import InvalidSubscription, Producer, Subscription
from tests.support.dump import everything_in
from tests.support.servers import Server

_URL = "https://acme.example.com/hook?key=marked-query"
_SIGNING_SECRET = "whsec_bWFya2VkLXNlY3JldC1vZi10d2VudHktZm91ci1ieXRlcw=="
_SECRETS = ("Token marked", _SIGNING_SECRET, "bWFya2Vk")


def test_what_was_put_is_read_but_for_its_secrets(producer: Producer) -> None:
    """Of a credential it is told whether it is set; no text of the view has it, and no field."""
    producer.subscriptions.put(
        Subscription(
            subscriber="acme",
            callback_url=_URL,
            authorization="Token marked",
            signing_secret=_SIGNING_SECRET,
            numeric_ids=True,
            max_in_flight=3,
            max_per_second=2.5,
        )
    )
    view = producer.subscriptions.get("acme")
    assert view is not None
    assert (view.subscriber, view.callback_url) == ("acme", _URL)
    assert (view.authorization_set, view.signing_secret_set, view.previous_signing_secret_set) == (True, True, False)
    assert (view.external_user_ids, view.numeric_ids, view.deprecated_score) == (False, True, False)
    assert (view.max_in_flight, view.max_per_second) == (3, 2.5)
    for text in (repr(view), str(view), view.model_dump_json()):
        assert not [secret for secret in _SECRETS if secret in text]
    assert "marked-query" not in repr(view)


def test_subscriptions_are_listed_by_subscriber(producer: Producer) -> None:
    """All of them, wherever their shards are."""
    names = [f"company-{number:03}" for number in range(100)]
    for name in reversed(names):
        producer.subscriptions.put(Subscription(subscriber=name, callback_url=_URL))
    assert [view.subscriber for view in producer.subscriptions.list()] == names


def test_a_later_put_replaces_the_whole_subscription(producer: Producer) -> None:
    """A credential that is left out is no longer set."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=_URL, authorization="Token marked"))
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example.com/new"))
    view = producer.subscriptions.get("acme")
    assert view is not None
    assert (view.callback_url, view.authorization_set) == ("https://acme.example.com/new", False)


def test_a_removed_subscription_is_gone_with_its_secrets(producer: Producer, server: Server) -> None:
    """It is read and listed no more, Redis has nothing of it, and removing it again says that there was none."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=_URL, authorization="Token marked"))
    assert b"Token marked" in everything_in(server)
    assert producer.subscriptions.delete("acme") is True
    assert producer.subscriptions.get("acme") is None
    assert producer.subscriptions.list() == []
    assert producer.subscriptions.delete("acme") is False
    assert b"Token marked" not in everything_in(server)


def test_a_wrong_subscription_is_not_stored_and_not_quoted(producer: Producer, server: Server) -> None:
    """The former one stays."""
    before = everything_in(server)
    with pytest.raises(InvalidSubscription) as raised:
        producer.subscriptions.put(
            Subscription(subscriber="acme", callback_url="ftp://marked/", authorization="Token marked\r\nX: y")
        )
    assert set(raised.value.problems) == {"callback_url", "authorization"}
    assert "marked" not in str(raised.value)
    assert everything_in(server) == before
