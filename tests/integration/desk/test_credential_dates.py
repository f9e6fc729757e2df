"""A credential that is never shown again says since when it is what it is, and who set it."""

import time
from pathlib import Path

from lessonhook.desk import Desk
from lessonhook.ledger.transitions.keys import key
from lessonhook.producer import Producer, Subscription
from tests.support.endpoints.certificates import Authority
from tests.support.people.customer import Customer

_URL = "https://acme.example/hook"


def _dates(desk: Desk) -> tuple[str, str, bool, bool]:
    view = desk.of("acme").subscription()
    at = (view.authorization_set_at, view.signing_secret_set_at)
    recent = [each is not None and abs(each - time.time()) < 600 for each in at]
    return view.authorization_set_by, view.signing_secret_set_by, *recent  # type: ignore[return-value]  # two of them


def test_each_credential_has_its_own_date_and_name(desk: Desk) -> None:
    """A save that leaves a credential leaves its date as well; a rotation dates the secret."""
    one = desk.of("acme")
    one.save(_URL, authorization="Token 1", by="ada")
    assert _dates(desk) == ("ada", "", True, False)
    one.rotate_secret(by="bob")
    assert _dates(desk) == ("ada", "bob", True, True)
    one.save("https://acme.example/other", max_in_flight=2, by="eve")
    assert _dates(desk) == ("ada", "bob", True, True)
    saved = one.save(authorization="Token 2", by="eve")
    assert (saved.authorization_set_by, saved.signing_secret_set_by) == ("eve", "bob")


def test_the_same_value_saved_again_keeps_its_date(desk: Desk, producer: Producer) -> None:
    """A nightly job that puts all subscriptions says nothing about when a value was chosen."""
    desk.of("acme").save(_URL, authorization="Token 1", by="ada")
    same = Subscription(subscriber="acme", callback_url=_URL, authorization="Token 1")
    producer.subscriptions.put(same, by="a job")
    assert _dates(desk)[0] == "ada"
    producer.subscriptions.put(same.model_copy(update={"authorization": None}), by="a job")
    view = desk.of("acme").subscription()
    assert (view.authorization_set, view.authorization_set_at, view.authorization_set_by) == (False, None, "")
    producer.subscriptions.put(same, by="bob")
    assert _dates(desk)[0] == "bob"


def test_a_date_goes_with_its_subscription(desk: Desk, customer: Customer, producer: Producer) -> None:
    """Removed and put again, it is new; before there were dates, none is made up."""
    desk.of("acme").remove(by="ada")
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=_URL), by="ada")
    assert _dates(desk) == ("", "", False, False)
    customer.subscribe(authorization="Token 1")
    fields = ("authorization_set_at", "authorization_set_by")
    assert producer.ledger.redis.hdel(key("subscription", "acme"), *fields) == 2
    assert desk.of("acme").subscription().authorization_set_at is None
    desk.of("acme").save(max_in_flight=2, by="ada")
    assert desk.of("acme").subscription().authorization_set_at is None


def test_a_damaged_subscription_is_mended_by_a_put(desk: Desk, customer: Customer, producer: Producer) -> None:
    """Nothing can be compared with it, so all that is set is new."""
    producer.ledger.redis.hset(key("subscription", "acme"), "document", "{")
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=_URL, authorization="Token 2"), by="bob")
    assert _dates(desk)[0] == "bob"
    del customer


def test_a_client_certificate_has_a_date_and_a_name_too(desk: Desk, tmp_path: Path) -> None:
    """A save that leaves it leaves its date as well."""
    authority = Authority(tmp_path)
    one = desk.of("acme")
    one.save(_URL, client_certificate=authority.client_certificate("acme-client"), by="ada")
    one.save(max_in_flight=2, by="bob")
    view = one.subscription()
    assert (view.client_certificate_set_by, view.authorization_set_by) == ("ada", "")
    assert view.client_certificate_set_at is not None
    assert abs(view.client_certificate_set_at - time.time()) < 600
    one.save(client_certificate=authority.client_certificate("acme-client"), by="eve")
    assert one.subscription().client_certificate_set_by == "eve"
