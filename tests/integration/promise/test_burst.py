"""A mass assignment of one company: no more of it is in the queue or in flight than its window, and all arrive."""

from lessonhook.config import TASK_NAME
from lessonhook.console.processes import wait_until
from lessonhook.ledger.transitions.keys import key
from tests.integration.conftest import OpenHouse
from tests.support.endpoints.exchange import ACCEPTED, HANGS, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House

_EVENTS = 500


def test_a_burst_never_has_more_on_its_way_than_the_window(house: House) -> None:
    """Looked at all along: slots within the window, messages in the queue within the slots, POSTs within the window."""
    customer = house.customer()
    widest = house.settings.max_in_flight_per_subscriber
    looks: list[tuple[int, int, int]] = []

    def look() -> bool:
        with house.broker.client.pipeline(transaction=True) as pipe:
            pipe.zcard(key("queued", customer.name))
            pipe.zcard(key("leases", customer.name))
            pipe.hget(key("lane", customer.name), "window")
            queued, leased, window = pipe.execute()
        waiting = sum(message.waits for message in house.broker.messages(customer.name))
        looks.append((queued + leased, int(window or 1), waiting))
        return len(customer.posts) >= _EVENTS

    published = set()
    for _ in range(_EVENTS):
        published.add(customer.publish())
        look()
    wait_until(look, PATIENCE_SECONDS, lambda: f"{_EVENTS} arrivals; {customer.status}")
    assert all(slots <= window <= widest for slots, window, _ in looks)
    assert max(waiting for _, _, waiting in looks) <= widest
    assert customer.most_in_flight <= widest
    assert sorted(customer.arrived) == sorted(published)
    customer.wait_for(delivered=_EVENTS, held=0, queued=0, in_flight=0)


def test_an_event_of_a_backlog_costs_no_message(own_house: OpenHouse) -> None:
    """The slots that the window opens go on in place: one message for each of them, however much is held."""
    with own_house(drain_seconds=600.0) as house:
        worker = house.worker
        customer = house.customer()
        customer.respond(HANGS, ACCEPTED)
        customer.publish_many(100)
        customer.wait_for_posts(1)
        customer.release()
        customer.wait_for(delivered=100)
        customer.wait_until_quiet()
        assert worker.ask("stats")["total"][TASK_NAME] <= house.settings.max_in_flight_per_subscriber


def test_a_subscriptions_own_limit_is_kept(house: House) -> None:
    """`max_in_flight=2` opens the window to two and no wider."""
    customer = house.customer(max_in_flight=2)
    customer.respond(Response(delay_seconds=0.02))
    customer.publish_many(60)
    status = customer.wait_for(delivered=60)
    assert (status.window, customer.most_in_flight) == (2, 2)
