"""Two workers at once: every event is delivered, and none of them twice."""

from lessonhook.console.processes import wait_until
from tests.integration.conftest import OpenHouse
from tests.support.endpoints.exchange import ACCEPTED, HANGS
from tests.support.patience import PATIENCE_SECONDS


def test_two_workers_share_the_work_and_deliver_nothing_twice(own_house: OpenHouse) -> None:
    """Ten customers' first POSTs hang, more than one worker has slots for; then all three hundred events go."""
    with own_house() as house:
        for _ in range(2):
            house.workers.start(ready=False)
        for worker in house.workers.started:
            worker.wait_ready()
        customers = [house.customer() for _ in range(house.settings.worker_slots + 2)]
        for customer in customers:
            customer.respond(HANGS, ACCEPTED)
        published = {customer.name: customer.publish_many(30) for customer in customers}
        wait_until(
            lambda: all(customer.in_flight for customer in customers), PATIENCE_SECONDS, "a POST of every customer's"
        )
        for customer in customers:
            customer.release()
        for customer in customers:
            customer.wait_for(delivered=30, held=0, queued=0, in_flight=0)
            customer.wait_until_quiet()
            assert sorted(customer.arrived) == sorted(published[customer.name])
        assert all("delivery.accepted" in worker.logs() for worker in house.workers.started)
