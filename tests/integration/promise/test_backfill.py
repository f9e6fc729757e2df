"""A subscription can begin with the past: it goes after the live completions, at a pace, and says so in a header."""

from lessonhook.ledger import State, publish
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Post, Response
from tests.support.people.customer import Customer
from tests.support.people.house import House

_HEADER = "webhook-backfill"


def stop(house: House, customer: Customer, *, stopped: bool) -> None:
    """Stop the past or let it go on, as an operator does."""
    publish(house.producer.app, house.ledger.set_backfill(customer.name, stopped=stopped), ledger=house.ledger)


def marked(posts: list[Post]) -> list[list[str]]:
    """Return the values of the header of each POST."""
    return [post.values(_HEADER) for post in posts]


def test_the_past_comes_after_the_live_completions(house: House) -> None:
    """Although it was handed over before; one at a time, in its order, and each POST is marked."""
    customer = house.customer()
    house.ledger.pause(customer.name)
    past = customer.backfill(5)
    live = customer.publish_many(3)
    house.resume(customer)
    customer.wait_for(delivered=8, backfill_delivered=5, backfill=0)
    assert sorted(customer.arrived[:3]) == sorted(live)
    assert customer.arrived[3:] == past
    assert marked(customer.posts) == [[]] * 3 + [["true"]] * 5


def test_a_live_completion_overtakes_the_past(house: House) -> None:
    """While one of the past is in flight, the next one to go is the live one."""
    customer = house.customer(max_in_flight=1)
    customer.respond(Response(hangs=True), ACCEPTED)
    past = customer.backfill(4)
    customer.wait_for_posts(1)
    live = customer.publish()
    customer.release()
    customer.wait_for(delivered=5)
    assert customer.arrived == [past[0], live, *past[1:]]
    assert customer.most_in_flight == 1


def test_a_repeat_and_a_replay_are_marked_too(house: House) -> None:
    """A failed attempt of the past is tried again, as any."""
    customer = house.customer()
    customer.respond(FAILED, ACCEPTED)
    [past] = customer.backfill(1)
    customer.wait_for(delivered=1)
    assert customer.arrived == [past] * 2
    assert marked(customer.posts) == [["true"]] * 2


def test_it_is_stopped_and_goes_on(house: House) -> None:
    """What is in flight ends; live completions are sent all the same."""
    customer = house.customer()
    customer.respond(Response(hangs=True), ACCEPTED)
    past = customer.backfill(4)
    customer.wait_for_posts(1)
    stop(house, customer, stopped=True)
    customer.release()
    customer.wait_for(delivered=1)
    live = customer.publish()
    customer.wait_for(delivered=2)
    customer.wait_until_quiet()
    assert customer.arrived == [past[0], live]
    assert customer.status.backfill == 3

    stop(house, customer, stopped=False)
    customer.wait_for(delivered=5, backfill=0)
    assert customer.arrived == [past[0], live, *past[1:]]


def test_a_pause_holds_the_past_and_it_lifts_none(house: House) -> None:
    """Used-up attempts of one of the past pause the company; a live completion lifts that, and goes first."""
    customer = house.customer()
    customer.respond(FAILED)
    [first] = customer.backfill(1)
    customer.wait_for(paused=True, held=1)
    done = house.producer.send_completion.backfill([customer.completion(event_id=f"{customer.name}-more")])
    assert done.accepted == 1
    customer.wait_until_quiet()
    assert customer.arrived == [first] * 3
    assert customer.status.paused is not None

    customer.respond(ACCEPTED)
    live = customer.publish()
    customer.wait_for(delivered=3, paused=None)
    assert customer.arrived[3:] == [live, first, f"{customer.name}-more"]
    assert customer.state(first) is State.DELIVERED
