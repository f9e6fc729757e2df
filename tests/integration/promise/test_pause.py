"""A paused subscriber is sent nothing and loses nothing; a fresh event lifts the pause and goes before the rest."""

from lessonhook.ledger import State
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Post, Response
from tests.support.people.customer import Customer
from tests.support.people.house import House

_FAILS_WHEN_RELEASED = Response(status=500, hangs=True)


def pause(customer: Customer, held: int) -> tuple[str, list[str]]:
    """Use up one event's attempts, with others published during the last one; return its id and theirs."""
    customer.respond(FAILED, FAILED, _FAILS_WHEN_RELEASED)
    used_up = customer.publish()
    customer.wait_for_posts(3)
    # Its third attempt has the only slot, so these are held and never tried.
    others = customer.publish_many(held)
    customer.release()
    customer.wait_for(paused=True, held=held + 1)
    customer.wait_until_quiet()
    return used_up, others


def test_nothing_is_sent_while_paused_and_nothing_is_lost(house: House) -> None:
    """The third failure is the last POST: nothing is on its way any more, and all events are held."""
    customer = house.customer()
    used_up, others = pause(customer, held=5)
    assert customer.arrived == [used_up] * 3
    assert {customer.state(event_id) for event_id in (used_up, *others)} == {State.HELD}


def test_retries_of_other_events_that_come_due_while_paused_are_held(house: House) -> None:
    """An event with two attempts left comes due after the pause: no POST, its count is kept."""
    customer = house.customer()
    customer.respond(FAILED, _FAILS_WHEN_RELEASED, FAILED)
    first = customer.publish()
    customer.wait_for_posts(2)
    # Goes when the second attempt has failed, so its retry is due after the third; and one goes at a time.
    second = customer.publish()
    customer.release()
    customer.wait_for(paused=True, held=2, retrying=0)
    customer.wait_until_quiet()
    assert customer.arrived == [first, first, second, first]
    assert customer.attempts(second) == 1


def test_a_fresh_event_lifts_the_pause_and_goes_first(house: House) -> None:
    """The held ones wait for its success: while it is in flight, it alone is."""
    customer = house.customer()
    used_up, others = pause(customer, held=3)
    customer.respond(Response(hangs=True), ACCEPTED)
    fresh = customer.publish()
    customer.wait_for_posts(4)
    status = customer.status
    assert (status.paused, status.in_flight, status.queued, status.held) == (None, 1, 0, 4)
    customer.release()
    customer.wait_for(delivered=5)
    assert customer.arrived[3] == fresh
    assert sorted(customer.arrived[4:]) == sorted([used_up, *others])


def test_held_events_follow_oldest_first(house: House) -> None:
    """In the order in which they were published, the one that used up its attempts included."""
    # One at a time, so that the order of arrival is the order of sending.
    customer = house.customer(max_in_flight=1)
    used_up, others = pause(customer, held=20)
    customer.respond(ACCEPTED)
    fresh = customer.publish()
    customer.wait_for(delivered=22)
    assert customer.arrived[3:] == [fresh, used_up, *others]


def test_at_most_two_held_events_follow_each_success(house: House) -> None:
    """The backlog begins slowly and never bursts at an endpoint that has just come back."""
    customer = house.customer()
    pause(customer, held=40)
    before = len(customer.posts)
    seen: list[tuple[int, int]] = []

    def count(_: Post) -> Response:
        arrived = len(customer.posts) - before
        seen.append((arrived, arrived - customer.in_flight))
        return Response(delay_seconds=0.01)

    customer.respond(count)
    customer.publish()
    customer.wait_for(delivered=42)
    assert len(seen) == 42
    # What arrived before the responses that were sent could have brought it: the fresh one, and two for each success.
    assert all(arrived <= 1 + 2 * responded for arrived, responded in seen)
    assert customer.most_in_flight <= house.settings.max_in_flight_per_subscriber


def test_a_fresh_event_that_fails_starts_its_own_three_attempts(house: House) -> None:
    """It is tried three times and pauses the subscriber again; of the held ones, none is tried."""
    customer = house.customer()
    used_up, others = pause(customer, held=3)
    customer.respond(FAILED)
    fresh = customer.publish()
    customer.wait_for(paused=True, held=5)
    customer.wait_until_quiet()
    assert customer.arrived == [used_up] * 3 + [fresh] * 3
    assert {customer.attempts(event_id) for event_id in others} == {0}


def test_a_pause_may_be_lifted_again_and_again(house: House) -> None:
    """Each fresh event is one more chance; when one is accepted, all of them arrive."""
    customer = house.customer()
    pause(customer, held=0)
    customer.respond(FAILED)
    for tries in (6, 9):
        customer.publish()
        customer.wait_for_posts(tries)
        customer.wait_for(paused=True)
    customer.respond(ACCEPTED)
    customer.publish()
    status = customer.wait_for(delivered=4)
    assert (status.paused, status.held, len(customer.posts)) == (None, 0, 9 + 4)
