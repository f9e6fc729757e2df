"""Subscriptions are put, read, listed and removed; no call returns a credential."""

import pytest
import redis

from lessonhook.producer import InvalidSubscription, Producer, Subscription
from tests.support.servers.command_counts import counted
from tests.support.servers.dump import everything_in
from tests.support.servers.server import Server

_URL = "https://acme.example.com/hook?key=marked-query"
_SIGNING_SECRET = "whsec_bWFya2VkLXNlY3JldC1vZi10d2VudHktZm91ci1ieXRlcw=="
_SECRETS = ("Token marked", _SIGNING_SECRET, "bWFya2Vk")


def test_what_was_put_is_read_but_for_its_secrets(producer: Producer) -> None:
    """The view has only whether a credential is set; neither its text nor a field has the value."""
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


def test_subscriptions_are_listed_by_subscriber(producer: Producer, redis_client: redis.Redis) -> None:
    """All of them, wherever their shards are, in a few round trips however many there are."""
    names = [f"company-{number:03}" for number in range(100)]
    for name in reversed(names):
        producer.subscriptions.put(Subscription(subscriber=name, callback_url=_URL))
    with counted(redis_client) as asked:
        assert [view.subscriber for view in producer.subscriptions.list()] == names
    # The names, and the subscriptions; and what a new connection says of itself.
    assert asked.count("hmget") == len(names)
    assert asked.round_trips <= 6


def test_a_later_put_replaces_the_whole_subscription(producer: Producer) -> None:
    """A credential that is left out is no longer set."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=_URL, authorization="Token marked"))
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example.com/new"))
    view = producer.subscriptions.get("acme")
    assert view is not None
    assert (view.callback_url, view.authorization_set) == ("https://acme.example.com/new", False)


def test_a_change_leaves_all_else_as_it_is(producer: Producer) -> None:
    """The credentials stay too, because a form cannot show them and therefore cannot send them again."""
    producer.subscriptions.put(
        Subscription(subscriber="acme", callback_url=_URL, authorization="Token marked ", numeric_ids=True)
    )
    view = producer.subscriptions.change("acme", callback_url="https://acme.example.com/new", max_in_flight=2)
    assert view == producer.subscriptions.get("acme")
    assert (view.callback_url, view.max_in_flight, view.numeric_ids) == ("https://acme.example.com/new", 2, True)
    saved = producer.ledger.subscriptions.get("acme")
    assert saved is not None
    assert saved.authorization is not None
    assert saved.authorization.get_secret_value() == "Token marked "
    assert producer.subscriptions.change("acme", authorization=None).authorization_set is False


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"callback_url": "ftp://acme.example.com"}, "callback_url"), ({"url": _URL}, "subscription")],
)
def test_a_wrong_change_changes_nothing(producer: Producer, changes: dict[str, str], field: str) -> None:
    """It is refused as a wrong subscription is, and so is a change of a missing subscription."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=_URL, authorization="Token marked"))
    before = producer.subscriptions.get("acme")
    with pytest.raises(InvalidSubscription) as caught:
        producer.subscriptions.change("acme", **changes)  # type: ignore[arg-type]  # what mypy refuses, too
    assert list(caught.value.problems) == [field]
    assert producer.subscriptions.get("acme") == before
    with pytest.raises(InvalidSubscription, match="has no subscription to change: save one with put"):
        producer.subscriptions.change("globex", callback_url=_URL)


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


def test_the_lms_names_who_saved_it(producer: Producer) -> None:
    """Or is named itself; a change names its fields and no value."""
    subscriptions = producer.subscriptions
    subscriptions.put(Subscription(subscriber="acme", callback_url=_URL))
    subscriptions.put(Subscription(subscriber="acme", callback_url=_URL), by="ada@lms.example")
    subscriptions.change("acme", by="ben", authorization="Token marked", max_in_flight=2)
    assert subscriptions.delete("acme", by="cleo")
    entries = producer.ledger.audit.of("acme", at_most=10)
    assert [(entry.act, entry.by, entry.detail) for entry in reversed(entries)] == [
        ("put", "the LMS", "new"),
        ("put", "ada@lms.example", ""),
        ("change", "ben", "authorization, max_in_flight"),
        ("remove", "cleo", ""),
    ]
