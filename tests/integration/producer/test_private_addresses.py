"""A callback URL that names a private address is refused when it is saved, by every way to save it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.desk import Desk
from lessonhook.ledger import Ledger, PrivateAddress
from lessonhook.producer import InvalidSubscription, Producer, Subscription
from lessonhook.producer.testing import recording
from tests.support.people.producing import running_producer

PRIVATE = "http://10.0.0.1/hook?key=marked"
GOOD = "https://acme.example/hook"


@pytest.fixture
def closed(settings: Settings) -> Iterator[Producer]:
    """Yield an LMS that allows no private network, as by default."""
    with running_producer(settings.model_copy(update={"allowed_private_networks": ()})) as producer:
        yield producer


WAYS: dict[str, Callable[[Producer], object]] = {
    "put": lambda lms: lms.subscriptions.put(Subscription(subscriber="acme", callback_url=PRIVATE)),
    "change": lambda lms: lms.subscriptions.change("acme", callback_url=PRIVATE),
    "the desk": lambda lms: Desk(lms).of("acme").save(callback_url=PRIVATE, by="ada"),
    "the desk, the first time": lambda lms: Desk(lms).of("new").save(callback_url=PRIVATE, by="ada"),
    "replace": lambda lms: lms.ledger.subscriptions.replace(
        "acme", lambda _: Subscription(subscriber="acme", callback_url=PRIVATE), by="ada"
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_way_in_saves_it(closed: Producer, way: Callable[[Producer], object]) -> None:
    """Nothing is stored, and the error names the field, the rule and the setting, and quotes no part of the URL."""
    closed.subscriptions.put(Subscription(subscriber="acme", callback_url=GOOD))
    with pytest.raises(InvalidSubscription) as refused:
        way(closed)
    (rule,) = refused.value.problems.values()
    assert list(refused.value.problems) == ["callback_url"]
    assert rule.startswith("must lead to a public address")
    assert "(private)" in rule
    assert "LESSONHOOK_ALLOWED_PRIVATE_NETWORKS" in rule
    assert not any(part in str(refused.value) for part in ("10.0.0.1", "marked"))
    assert [(view.subscriber, view.callback_url) for view in closed.subscriptions.list()] == [("acme", GOOD)]


def test_one_in_an_allowed_network_is_saved(producer: Producer) -> None:
    """The settings of the tests allow the loopback and nothing else."""
    for url in ("http://127.0.0.1:8080/hook", "http://localhost/hook", "http://[::1]/hook"):
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url=url))
    with pytest.raises(PrivateAddress):
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url=PRIVATE))


def test_one_that_is_saved_already_does_not_hinder_other_changes(producer: Producer, closed: Producer) -> None:
    """A network that is allowed no longer must not keep a secret from being rotated."""
    url = "http://127.0.0.1:8080/hook"
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=url))
    assert closed.subscriptions.change("acme", max_in_flight=2, callback_url=url).max_in_flight == 2
    assert Desk(closed).of("acme").rotate_secret(by="ada")
    with pytest.raises(PrivateAddress):
        closed.subscriptions.change("acme", callback_url=f"{url}/other")


def test_a_subscriber_that_fetches_needs_no_address(closed: Producer) -> None:
    """Nothing is sent to it."""
    closed.subscriptions.put(Subscription(subscriber="acme", callback_url="", pull=True))
    assert closed.ledger.subscriptions.get("acme") is not None


def test_an_lms_s_own_tests_refuse_it_too(closed: Producer) -> None:
    """The ledger in memory has the same rule, so that a test does not pass what production refuses."""
    with recording(closed.send_completion):
        for way in (WAYS["put"], WAYS["change"]):
            closed.subscriptions.put(Subscription(subscriber="acme", callback_url=GOOD))
            with pytest.raises(PrivateAddress):
                way(closed)


def test_a_ledger_allows_none_unless_it_is_told(producer: Producer) -> None:
    """The default is closed."""
    ledger: Any = Ledger(producer.ledger.redis, producer.ledger.policy)
    with pytest.raises(PrivateAddress):
        ledger.subscriptions.put(Subscription(subscriber="acme", callback_url="http://127.0.0.1/"))
