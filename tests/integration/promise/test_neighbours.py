"""One subscriber's dead or slow endpoint never delays another's."""

from tests.support.exchange import HANGS
from tests.support.house import House


def test_a_subscriber_that_hangs_does_not_delay_another(house: House) -> None:
    """Forty events of the healthy one arrive while the dead one's first POST still hangs, with forty behind it."""
    dead, healthy = house.customer(), house.customer()
    dead.answer(HANGS)
    dead.publish_many(40)
    dead.wait_for_posts(1)
    healthy.publish_many(40)
    healthy.wait_for(delivered=40)
    assert (len(dead.posts), dead.in_flight) == (1, 1)


def test_a_worker_with_all_but_one_slot_hanging_still_serves_the_others(house: House) -> None:
    """Each dead lane has one slot, whatever waits behind it."""
    dead = [house.customer() for _ in range(house.settings.worker_slots - 1)]
    for customer in dead:
        customer.answer(HANGS)
        customer.publish_many(5)
    for customer in dead:
        customer.wait_for_posts(1)
    healthy = house.customer()
    healthy.publish_many(20)
    healthy.wait_for(delivered=20)
    assert [(len(customer.posts), customer.in_flight) for customer in dead] == [(1, 1)] * len(dead)
