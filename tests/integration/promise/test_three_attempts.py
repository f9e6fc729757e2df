"""A completion that fails is tried three times, a delay apart; then its subscriber is paused."""

import itertools
import time

from lessonhook.producer import Recorded
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Post, Response
from tests.support.people.house import House

#: Redis' clock is read in whole milliseconds, so a due time may be one short.
_CLOCK_SECONDS = 0.001


def test_exactly_three_posts_go_out_a_delay_apart_with_the_same_bytes_and_id(house: House) -> None:
    """Never earlier than due, never other bytes, never another id, and no fourth one."""
    customer = house.customer(authorization="Token abc")
    customer.respond(FAILED)
    event_id = customer.publish()
    customer.wait_for(paused=True)
    customer.wait_until_quiet()
    posts = customer.posts
    assert len(posts) == 3
    assert {(post.body, post.header("webhook-id"), post.header("authorization")) for post in posts} == {
        (posts[0].body, event_id, "Token abc")
    }
    for earlier, later in itertools.pairwise(posts):
        assert later.arrived - earlier.arrived >= house.settings.retry_delay_seconds - _CLOCK_SECONDS


def test_each_attempt_carries_its_own_time(house: House) -> None:
    """`webhook-timestamp` is that of the attempt: a receiver that checks its age accepts a retry."""
    customer = house.customer()
    # A second apart, since it counts in seconds.
    customer.respond(Response(status=503, headers=(("Retry-After", "1"),)), ACCEPTED)
    customer.publish()
    first, second = (int(post.header("webhook-timestamp")) for post in customer.wait_for_posts(2))
    assert first < second <= time.time()


def test_the_pause_is_set_after_the_third_failure_and_not_before(house: House) -> None:
    """While each attempt is in flight, the third included, the subscriber is not paused."""
    customer = house.customer()
    paused_at_arrival = []

    def look(_: Post) -> Response:
        paused_at_arrival.append(customer.status.paused)
        return FAILED

    customer.respond(look)
    customer.publish()
    status = customer.wait_for(paused=True)
    assert paused_at_arrival == [None, None, None]
    assert status.paused is not None
    assert "status: 500" in status.paused.why
    assert (status.held, status.retrying, status.delivered) == (1, 0, 0)


def test_an_attempt_that_succeeds_ends_the_cycle(house: House) -> None:
    """The second is accepted: there is no third, and no pause."""
    customer = house.customer()
    customer.respond(FAILED, Response(status=204))
    customer.publish()
    status = customer.wait_for(delivered=1)
    customer.wait_until_quiet()
    assert (len(customer.posts), status.paused) == (2, None)


def test_an_endpoint_that_is_not_there_is_tried_and_paused_alike(house: House) -> None:
    """A refused connection is a failed attempt, and when the endpoint is there again nothing was lost."""
    customer = house.customer()
    house.receiver.down()
    first = customer.publish()
    customer.wait_for(paused=True, held=1)
    house.receiver.up()
    second = customer.publish()
    customer.wait_for(delivered=2)
    assert customer.arrived == [second, first]


def test_the_same_completion_twice_is_posted_once(house: House) -> None:
    """The second `.delay()` says so and changes nothing, whether the first was delivered or is in flight."""
    customer = house.customer()
    customer.respond(Response(hangs=True))
    completion = customer.completion()
    first = house.producer.send_completion.delay(completion)
    customer.wait_for_posts(1)
    in_flight = house.producer.send_completion.delay(completion)
    customer.release()
    customer.wait_for(delivered=1)
    delivered = house.producer.send_completion.delay(completion)
    customer.wait_until_quiet()
    assert first.id == in_flight.id == delivered.id
    assert (in_flight.recorded, delivered.recorded) == (Recorded.DUPLICATE, Recorded.DUPLICATE)
    assert customer.arrived == [first.id]
