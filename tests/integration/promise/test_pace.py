"""The endpoint's own pace is kept: Retry-After, 429, and a subscription's `max_per_second`."""

import time

import pytest

from tests.support.endpoints.exchange import ACCEPTED, Response
from tests.support.people.house import House

#: Redis' clock is read in whole milliseconds.
_CLOCK_SECONDS = 0.001
_TOO_MANY = Response(status=429)


def asks_to_wait(status: int, seconds: int, *, hangs: bool = False) -> Response:
    """Return an endpoint's wish to be left alone for so long."""
    return Response(status=status, headers=(("Retry-After", str(seconds)),), hangs=hangs)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_moves_the_next_attempt_later_and_holds_back_the_lane(house: House, status: int) -> None:
    """Not at the schedule's 0.3 s but after the second that was asked for; a fresh event waits, too."""
    customer = house.customer()
    customer.respond(asks_to_wait(status, 1, hangs=True), ACCEPTED)
    first = customer.publish()
    customer.wait_for_posts(1)
    fresh = customer.publish()
    asked = time.monotonic()
    customer.release()
    customer.wait_for(delivered=2)
    later = customer.posts[1:]
    assert sorted(post.header("webhook-id") for post in later) == sorted([first, fresh])
    assert all(post.arrived - asked >= 1 - _CLOCK_SECONDS for post in later)


def test_an_early_retry_after_never_makes_an_attempt_earlier(house: House) -> None:
    """`Retry-After: 0` is no leave to come before the schedule."""
    customer = house.customer()
    customer.respond(asks_to_wait(503, 0), ACCEPTED)
    customer.publish()
    first, second = customer.wait_for_posts(2)
    assert second.arrived - first.arrived >= house.settings.retry_delay_seconds - _CLOCK_SECONDS


def test_a_503_without_retry_after_is_retried_on_schedule(house: House) -> None:
    """It is a failed attempt like any other: the lane is not held back, and the next event goes at once."""
    customer = house.customer()
    customer.respond(Response(status=503, hangs=True), ACCEPTED)
    first = customer.publish()
    customer.wait_for_posts(1)
    fresh = customer.publish()
    customer.release()
    customer.wait_for(delivered=2)
    assert customer.arrived == [first, fresh, first]


def test_429_at_a_window_above_one_spends_no_attempt(house: House) -> None:
    """Too fast was our fault: the event goes again after a second, and has its three attempts still."""
    customer = house.customer()
    customer.publish_many(3)
    customer.wait_for(delivered=3, window=4)
    customer.respond(_TOO_MANY, Response(status=500))
    event_id = customer.publish()
    status = customer.wait_for(paused=True)
    customer.wait_until_quiet()
    assert customer.arrived[3:] == [event_id] * 4
    assert status.window == 1


def test_many_429_at_once_are_one_slowing_down_and_cost_nothing(house: House) -> None:
    """All that were in flight together are put back; none is retried, none is failed, and all arrive."""
    customer = house.customer()
    customer.publish_many(8)
    customer.wait_for(delivered=8, window=8)
    customer.respond(*[Response(status=429, hangs=True)] * 8, ACCEPTED)
    customer.publish_many(20)
    customer.wait_for_posts(16)
    customer.release()
    # A second without Retry-After; then one at a time, and wider again.
    status = customer.wait_for(delivered=28)
    assert (status.paused, status.failures_in_a_row) == (None, 0)
    assert len(customer.posts) == 8 + 8 + 20


def test_429_at_a_window_of_one_is_a_failed_attempt(house: House) -> None:
    """An endpoint that is always too busy is paused as any other."""
    customer = house.customer()
    customer.respond(asks_to_wait(429, 0))
    customer.publish()
    customer.wait_for(paused=True)
    customer.wait_until_quiet()
    assert len(customer.posts) == 3


def test_max_per_second_holds(house: House) -> None:
    """Two a second by the receiver's own record, three where two of them fall on the second's edges; never four."""
    customer = house.customer(max_per_second=2)
    customer.publish_many(5)
    customer.wait_for(delivered=5)
    arrivals = [post.arrived for post in customer.posts]
    # Four POSTs half a second apart span 1.5 s: the half second above one is left to a busy machine.
    assert all(later - earlier > 1 for earlier, later in zip(arrivals, arrivals[3:], strict=False))
