"""Two workers at once: every event is delivered, and none of them twice."""

from collections import defaultdict

from tests.integration.conftest import OpenHouse
from tests.support.exchange import ACCEPTED, FAILED


def test_two_workers_share_the_work_and_deliver_nothing_twice(own_house: OpenHouse) -> None:
    """Two hundred and fifty events of five customers, one of which fails at first."""
    with own_house() as house:
        house.workers.start(ready=False)
        house.workers.start(ready=False)
        for worker in house.workers.started:
            worker.wait_ready()
        customers = [house.customer() for _ in range(5)]
        customers[0].answer(FAILED, FAILED, ACCEPTED)
        published: dict[str, list[str]] = defaultdict(list)
        for _ in range(50):
            for customer in customers:
                published[customer.name].append(customer.publish())
        for customer in customers:
            customer.wait_for(delivered=50, held=0, queued=0, in_flight=0)
        for customer in customers[1:]:
            assert sorted(customer.arrived) == sorted(published[customer.name])
        assert len(customers[0].posts) == 52
        assert set(customers[0].arrived) == set(published[customers[0].name])
        assert all("delivery.accepted" in worker.logs() for worker in house.workers.started)
