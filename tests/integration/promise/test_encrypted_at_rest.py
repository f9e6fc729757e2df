"""With encryption keys set, Redis never holds a body or a credential that can be read, and delivery works."""

from cryptography.fernet import Fernet
from pydantic import SecretStr

from lessonhook.console.processes import wait_until
from lessonhook.ledger.transitions.keys import key
from tests.integration.conftest import OpenHouse
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House
from tests.support.servers.dump import everything_in

_MARKS = ("Marked Learner", "marked@example.com", "Marked Lesson", "Token marked", "bWFya2Vk")
_SIGNING_SECRET = "whsec_bWFya2VkLXNlY3JldC1vZi10d2VudHktZm91ci1ieXRlcw=="


def deliver_what_is_marked(house: House) -> set[str]:
    """Have a marked event fail, be held and be delivered; return which marks stood in Redis meanwhile."""
    customer = house.customer(authorization="Token marked", signing_secret=_SIGNING_SECRET)
    customer.respond(FAILED, Response(status=500, hangs=True), ACCEPTED)
    customer.publish(
        user={"id": "1", "name": "Marked Learner", "email": "marked@example.com"},
        lesson={"id": "1000", "title": "Marked Lesson"},
    )
    customer.wait_for_posts(2)
    stored = everything_in(house.server)
    customer.release()
    customer.wait_for(delivered=1)
    stored += everything_in(house.server)
    assert customer.posts[-1].json()["user"]["name"] == "Marked Learner"
    assert customer.posts[-1].header("authorization") == "Token marked"
    assert customer.posts[-1].header("webhook-signature").startswith("v1,")
    return {mark for mark in _MARKS if mark.encode() in stored}


def test_with_keys_nothing_private_can_be_read_in_redis(own_house: OpenHouse) -> None:
    """Neither while it waits for its next attempt, nor while it is in flight, nor once it is delivered."""
    keys = (SecretStr(Fernet.generate_key().decode()),)
    with own_house(encryption_keys=keys) as house:
        assert house.worker.running
        assert deliver_what_is_marked(house) == set()
        assert "encryption.off" not in house.worker.logs()


def test_what_was_moved_or_put_there_in_plain_text_is_not_sent(own_house: OpenHouse) -> None:
    """A neighbour in Redis has another company's completion sent to nobody. Once the value is back, it is delivered."""
    keys = (SecretStr(Fernet.generate_key().decode()),)
    with own_house(encryption_keys=keys) as house:
        assert house.worker.running
        victim, neighbour = house.customer(), house.customer()
        for customer in (victim, neighbour):
            house.ledger.pause(customer.name)
            customer.publish(event_id="event")
        theirs, own = (key("body", customer.name, "event") for customer in (victim, neighbour))
        kept = house.ledger.redis.get(own)
        assert kept is not None
        for planted in (house.ledger.redis.get(theirs) or b"", b'{"user":{"id":"1"}}'):
            house.ledger.redis.set(own, planted, keepttl=True)
            said = house.worker.logs().count("delivery.undecipherable")
            house.resume(neighbour)
            wait_until(
                lambda said=said: house.worker.logs().count("delivery.undecipherable") > said,  # type: ignore[misc]
                PATIENCE_SECONDS,
                "the refusal",
            )
            assert neighbour.posts == []
            house.ledger.pause(neighbour.name)
        house.ledger.redis.set(own, kept, keepttl=True)
        house.resume(neighbour)
        neighbour.wait_for(delivered=1)
        assert len(neighbour.posts) == 1


def test_without_keys_the_same_search_finds_all_of_it(house: House) -> None:
    """The search can find what it looks for."""
    assert deliver_what_is_marked(house) == set(_MARKS)


def test_a_worker_without_keys_warns_once(own_house: OpenHouse) -> None:
    """At its start, and not with each event."""
    with own_house() as house:
        assert house.worker.running
        assert deliver_what_is_marked(house) == set(_MARKS)
        assert house.worker.logs().count("encryption.off") == 1
