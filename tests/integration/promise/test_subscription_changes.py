"""A subscription may be corrected, removed and put back while events wait for it; an operator may pause it."""

from lessonhook.producer import Recorded
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Post, Response
from tests.support.people.house import House


def right_token_only(post: Post) -> Response:
    """Return as an endpoint that knows one token."""
    return ACCEPTED if post.values("authorization") == ["Token right"] else Response(status=401)


def test_a_corrected_token_cures_an_event_that_is_retrying(house: House) -> None:
    """Each attempt reads the subscription as it is then."""
    customer = house.customer(authorization="Token wrong")
    customer.respond(Response(status=401), Response(status=401, hangs=True), right_token_only)
    event_id = customer.publish()
    customer.wait_for_posts(2)
    customer.subscribe(authorization="Token right")
    customer.release()
    status = customer.wait_for(delivered=1)
    assert status.paused is None
    assert customer.arrived == [event_id] * 3
    assert [post.header("authorization") for post in customer.posts] == ["Token wrong", "Token wrong", "Token right"]


def test_a_corrected_token_cures_the_backlog(house: House) -> None:
    """Correcting it lifts no pause by itself; the next fresh event brings all that was held."""
    customer = house.customer(authorization="Token wrong")
    customer.respond(right_token_only)
    first = customer.publish()
    customer.wait_for(paused=True)
    customer.subscribe(authorization="Token right")
    customer.wait_until_quiet()
    assert customer.status.paused is not None
    assert len(customer.posts) == 3
    fresh = customer.publish()
    customer.wait_for(delivered=2)
    assert customer.arrived[3:] == [fresh, first]


def test_a_removed_subscription_stands_still_and_goes_on_when_put_again(house: House) -> None:
    """What was accepted is kept; what is published meanwhile is not stored, and says so."""
    customer = house.customer()
    customer.respond(Response(status=500, hangs=True), ACCEPTED)
    kept = customer.publish()
    also_kept = customer.publish()
    customer.wait_for_posts(1)
    customer.leave()
    customer.release()
    customer.wait_until_quiet()
    unwanted = house.producer.send_completion.delay(customer.completion())
    assert (unwanted.recorded, unwanted.accepted) == (Recorded.NO_SUBSCRIPTION, False)
    assert customer.arrived == [kept]
    customer.subscribe()
    customer.wait_for(delivered=2)
    assert sorted(customer.arrived) == sorted([kept, kept, also_kept])


def test_only_an_operator_lifts_an_operators_pause(house: House) -> None:
    """What is published meanwhile is held; resume sends it, in its order."""
    customer = house.customer(max_in_flight=1)
    house.ledger.pause(customer.name)
    published = customer.publish_many(3)
    status = customer.status
    assert (status.held, status.queued) == (3, 0)
    assert status.paused is not None
    assert status.paused.why == "an operator"
    customer.wait_until_quiet()
    assert customer.posts == []
    house.resume(customer)
    customer.wait_for(delivered=3)
    assert customer.arrived == published


def test_an_operator_resumes_a_subscriber_whose_attempts_were_used_up(house: House) -> None:
    """The oldest goes first, alone; the rest follows its success."""
    customer = house.customer(max_in_flight=1)
    customer.respond(FAILED, FAILED, Response(status=500, hangs=True), ACCEPTED)
    first = customer.publish()
    customer.wait_for_posts(3)
    second = customer.publish()
    customer.release()
    customer.wait_for(paused=True)
    house.resume(customer)
    customer.wait_for(delivered=2)
    assert customer.arrived[3:] == [first, second]
