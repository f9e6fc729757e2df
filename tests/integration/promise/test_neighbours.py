"""One subscriber's dead or slow endpoint never delays another's."""

import resource

from lessonhook.console.processes import wait_until
from lessonhook.desk import Desk
from tests.integration.conftest import OpenHouse
from tests.support.endpoints.exchange import HANGS, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House

#: Files that a worker keeps for everything else; each further one lets one POST to a slow endpoint wait aside.
_FILES_LEFT = 1_024
#: POSTs that may wait aside in the worker of a test that fills all that a crowd can get.
_ASIDE = 32
#: Of these, how many may go to endpoints that are known as slow, and how many to those that nobody knows.
_ASIDE_OF_SLOW = 12
_ASIDE_OF_STRANGERS = 4


def test_a_subscriber_that_hangs_does_not_delay_another(house: House) -> None:
    """Forty events of the healthy one arrive while the dead one's first POST still hangs, with forty behind it."""
    dead, healthy = house.customer(), house.customer()
    dead.respond(HANGS)
    dead.publish_many(40)
    dead.wait_for_posts(1)
    healthy.publish_many(40)
    healthy.wait_for(delivered=40)
    assert (len(dead.posts), dead.in_flight) == (1, 1)


def test_a_worker_with_all_but_one_slot_hanging_still_serves_the_others(house: House) -> None:
    """Each dead lane has one slot, whatever waits behind it."""
    _serve_another_beside(house, hanging=house.settings.worker_slots - 1)


def test_a_crowd_that_is_slow_fills_no_worker(house: House) -> None:
    """Four times as many endpoints hang as a worker has slots: all are posted to at once, and a healthy one as well."""
    _serve_another_beside(house, hanging=4 * house.settings.worker_slots)


def _serve_another_beside(house: House, *, hanging: int) -> None:
    """Have so many endpoints hang, each with one POST in flight, and a healthy one get all of its events."""
    crowd = [house.customer() for _ in range(hanging)]
    for customer in crowd:
        customer.respond(HANGS)
        customer.publish_many(5)
    for customer in crowd:
        customer.wait_for_posts(1)
    healthy = house.customer()
    healthy.publish_many(20)
    healthy.wait_for(delivered=20)
    assert [(len(customer.posts), customer.in_flight) for customer in crowd] == [(1, 1)] * len(crowd)


def test_a_slow_crowd_that_has_all_it_can_get_holds_up_nobody(own_house: OpenHouse) -> None:
    """Every POST that may wait aside hangs up to its deadline, and more of the crowd wants one: slots stay free.

    The worker may open few files, so that the crowd reaches the bound. It knows the crowd as slow: each endpoint has
    taken longer than a second before.
    """
    with own_house() as house:
        _worker_with_few_files(house)
        healthy = _quick_ones(house)
        crowd = _slow_ones(house)
        for customer in crowd:
            customer.publish_many(3)
        _wait_for_posts_in_flight(crowd, _ASIDE_OF_SLOW)
        held = [customer.in_flight for customer in crowd]
        for customer in healthy:
            customer.publish_many(10)
        for customer in healthy:
            customer.wait_for(delivered=11)
        # The very same POSTs still hang, and nobody of the crowd was charged for one that could not begin.
        assert [customer.in_flight for customer in crowd] == held
        assert {customer.status.failures_in_a_row for customer in crowd} == {0}


def test_a_crowd_that_nobody_knows_as_slow_holds_up_nobody(own_house: OpenHouse) -> None:
    """Every POST of the crowd hangs at its very first: there are more than places aside and slots together.

    As long as only subscribers that were slow before were looked at, the rest of the crowd took all slots.
    """
    with own_house() as house:
        _worker_with_few_files(house)
        healthy = house.customer()
        healthy.publish()
        healthy.wait_for(delivered=1)
        crowd = _hanging_crowd(house)
        held = [customer.in_flight for customer in crowd]
        healthy.publish_many(40)
        healthy.wait_for(delivered=41)
        # The very same POSTs still hang, and nobody was charged for one that could not begin.
        assert [customer.in_flight for customer in crowd] == held
        assert {customer.status.failures_in_a_row for customer in crowd} == {0}


def test_a_worker_that_starts_amid_a_crowd_of_strangers_knows_who_was_quick(own_house: OpenHouse) -> None:
    """The ledger remembers it. The worker never posted to the healthy ones; the crowd has all that strangers get."""
    with own_house() as house:
        first = house.workers.start()
        healthy = _quick_ones(house)
        first.terminate()
        assert first.wait() == 0
        _worker_with_few_files(house)
        crowd = _hanging_crowd(house)
        held = [customer.in_flight for customer in crowd]
        for customer in healthy:
            customer.publish_many(10)
        for customer in healthy:
            customer.wait_for(delivered=11)
        assert [customer.in_flight for customer in crowd] == held
        assert {customer.status.failures_in_a_row for customer in crowd} == {0}


def test_a_company_that_nobody_knows_is_found_quick_beside_a_crowd_that_is_slow(own_house: OpenHouse) -> None:
    """The crowd has all places of the slow ones and wants more of them. Those of strangers are not theirs.

    It was slow before this worker began, so that only the ledger knows it.
    """
    with own_house() as house:
        first = house.workers.start()
        crowd = _slow_ones(house)
        first.terminate()
        assert first.wait() == 0
        _worker_with_few_files(house)
        for customer in crowd:
            customer.publish()
        _wait_for_posts_in_flight(crowd, _ASIDE_OF_SLOW)
        held = [customer.in_flight for customer in crowd]
        unknown = [house.customer() for _ in range(2 * _ASIDE_OF_STRANGERS)]
        for customer in unknown:
            customer.publish_many(5)
        for customer in unknown:
            customer.wait_for(delivered=5)
        assert [customer.in_flight for customer in crowd] == held


def _worker_with_few_files(house: House) -> None:
    """Start a worker in which `_ASIDE` POSTs may wait aside."""
    worker = house.workers.start(ready=False)
    files = _FILES_LEFT + _ASIDE
    resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, (files, files))
    worker.wait_ready()


def _quick_ones(house: House) -> list[Customer]:
    """Return twice as many subscribers as a worker has slots, each of which has accepted an event at once."""
    quick = [house.customer() for _ in range(2 * house.settings.worker_slots)]
    for customer in quick:
        customer.publish()
        customer.wait_for(delivered=1)
    return quick


def _slow_ones(house: House) -> list[Customer]:
    """Return more subscribers than slow ones may wait aside: each took over a second for one event, and hangs now."""
    slow = [house.customer() for _ in range(3 * _ASIDE_OF_SLOW)]
    for customer in slow:
        customer.respond(Response(delay_seconds=1.2), HANGS)
        customer.publish()
    for customer in slow:
        customer.wait_for(delivered=1)
    return slow


def _hanging_crowd(house: House) -> list[Customer]:
    """Publish to more endpoints than all places and slots together, each of which hangs; wait until places are full."""
    crowd = [house.customer() for _ in range(2 * (_ASIDE + house.settings.worker_slots))]
    for customer in crowd:
        customer.respond(HANGS)
        customer.publish()
    _wait_for_posts_in_flight(crowd, _ASIDE_OF_STRANGERS)
    return crowd


def _wait_for_posts_in_flight(crowd: list[Customer], posts: int) -> None:
    def hanging() -> dict[str, int]:
        return {customer.name: customer.in_flight for customer in crowd if customer.in_flight}

    wait_until(lambda: sum(hanging().values()) == posts, PATIENCE_SECONDS, lambda: f"{posts} POSTs in {hanging()}")


def test_buttons_that_are_pressed_for_hanging_endpoints_hold_up_nobody(house: House) -> None:
    """Each press is a POST that waits for its endpoint: twice as many of them as there are slots take none."""
    assert house.worker.running
    desk = Desk(house.producer)
    dead = [house.customer() for _ in range(2)]
    for customer in dead:
        customer.respond(HANGS)
        for _ in range(house.settings.worker_slots):
            desk.of(customer.name).ask_for_sample(by="ada")
    for customer in dead:
        wait_until(lambda c=customer: c.in_flight == house.settings.worker_slots, PATIENCE_SECONDS, "all presses")  # type: ignore[misc]  # bound now
    healthy = house.customer()
    healthy.publish_many(20)
    healthy.wait_for(delivered=20)
    assert [customer.in_flight for customer in dead] == [house.settings.worker_slots] * 2


def test_one_subscriber_has_a_share_of_the_slots_whatever_it_asks_for(house: House) -> None:
    """The quarter of a worker, and not less than the operator's own setting."""
    greedy = house.customer(max_in_flight=1000)
    most = max(house.settings.max_in_flight_per_subscriber, house.settings.worker_slots // 4)
    greedy.publish_many(300)
    greedy.wait_for(delivered=300)
    assert greedy.most_in_flight <= most


def test_a_mass_resume_stands_before_no_fresh_event(own_house: OpenHouse) -> None:
    """Forty subscribers are resumed at once, with twenty events each: a fresh event arrives before their last ones."""
    with own_house() as house:
        herd = [house.customer() for _ in range(40)]
        for customer in herd:
            house.ledger.pause(customer.name)
            customer.publish_many(20)
        healthy = house.customer()
        for customer in herd:
            house.resume(customer)
        # Published last, and before any worker takes a message.
        fresh = healthy.publish()
        assert house.worker.running
        healthy.wait_for(delivered=1)
        arrived = [post.header("webhook-id") for post in house.receiver.posts]
        for customer in herd:
            customer.wait_for(delivered=20)
        assert arrived.index(fresh) < len(herd) * 20 // 2
