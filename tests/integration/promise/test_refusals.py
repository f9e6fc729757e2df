"""An event that the endpoint refuses, while it accepts others, is set aside and pauses nobody."""

from tests.support.endpoints.exchange import Response
from tests.support.people.house import House


def test_one_event_that_is_refused_while_others_are_accepted_pauses_nobody(house: House) -> None:
    """Its third failure follows another event's success: the endpoint is alive and refuses this one only."""
    customer = house.customer()
    good = customer.publish_one_that_is_refused("poison")
    status = customer.wait_for(refused=1)
    customer.wait_until_quiet()
    assert (status.paused, status.delivered, status.held) == (None, 1, 0)
    assert customer.arrived == ["poison", "poison", good, "poison"]


def test_gone_uses_up_the_attempts_at_once(house: House) -> None:
    """410 says that nobody will ever be there: one POST, and the subscriber is paused."""
    customer = house.customer()
    customer.respond(Response(status=410))
    customer.publish()
    status = customer.wait_for(paused=True, held=1)
    customer.wait_until_quiet()
    assert len(customer.posts) == 1
    assert status.paused is not None
    assert "410" in status.paused.why


def test_after_gone_a_fresh_event_finds_the_endpoint_again(house: House) -> None:
    """What was held for it is not lost: a new subscription's URL gets it."""
    customer = house.customer()
    customer.respond(Response(status=410))
    first = customer.publish()
    customer.wait_for(paused=True)
    customer.subscribe(callback_url=house.receiver.url(f"{customer.path}/moved"))
    second = customer.publish()
    customer.wait_for(delivered=2)
    moved = house.receiver.posts_to(f"{customer.path}/moved")
    assert [post.header("webhook-id") for post in moved] == [second, first]


def test_a_redirect_is_a_failure_and_is_not_followed(house: House) -> None:
    """A 3xx would send the Authorization somewhere else."""
    customer = house.customer(authorization="Token abc")
    elsewhere = f"{customer.path}/elsewhere"
    customer.respond(Response(status=307, headers=(("Location", house.receiver.url(elsewhere)),)))
    customer.publish()
    customer.wait_for(paused=True)
    assert len(customer.posts) == 3
    assert house.receiver.posts_to(elsewhere) == []
