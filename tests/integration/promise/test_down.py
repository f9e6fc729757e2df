"""A lane that is down is probed, not flooded: one POST at a time, and one countdown however many events failed."""

from lessonhook.console.processes import wait_until
from tests.integration.conftest import OpenHouse
from tests.support.endpoints.exchange import ACCEPTED, FAILED, Post, Response, Script
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House

#: Failures in a row after which a lane is down.
_DOWN_AFTER = 10
_WIDEST = 8


def open_window(customer: Customer) -> None:
    """Have as many events accepted as it takes to open the lane's window to its widest."""
    customer.publish_many(_WIDEST)
    customer.wait_for(delivered=_WIDEST, window=_WIDEST)
    customer.wait_until_quiet()


def break_down(customer: Customer, events: int, then: Script = FAILED) -> list[str]:
    """Publish to an endpoint that takes eight and fails them together, and all that come later."""
    open_window(customer)
    customer.respond(*[Response(status=500, hangs=True)] * _WIDEST, then)
    published = customer.publish_many(events)
    customer.wait_for_posts(2 * _WIDEST)
    customer.release()
    return published


def test_a_lane_that_is_down_sends_probes_only_and_one_at_a_time(house: House) -> None:
    """After ten failures in a row only what was tried before is tried; the others keep all their attempts."""
    customer = house.customer()
    together: list[int] = []

    def count(_: Post) -> Response:
        together.append(customer.in_flight)
        return Response(status=500, delay_seconds=0.01)

    published = break_down(customer, events=30, then=count)
    customer.wait_for(paused=True, held=30)
    customer.wait_until_quiet()
    tried = customer.arrived[_WIDEST:]
    assert set(together) == {1}
    assert set(tried) == set(tried[:_DOWN_AFTER])
    untried = [event_id for event_id in published if event_id not in tried]
    assert len(untried) == 30 - len(set(tried)) >= 30 - _DOWN_AFTER
    assert {customer.attempts(event_id) for event_id in untried} == {0}


def test_one_success_brings_a_lane_that_was_down_back(house: House) -> None:
    """A retry that is accepted is followed by all that was held, with no fresh event and nobody's help."""
    customer = house.customer()

    def accept_when_down(_: Post) -> Response:
        return FAILED if len(customer.posts) <= _WIDEST + _DOWN_AFTER else ACCEPTED

    published = break_down(customer, events=30, then=accept_when_down)
    status = customer.wait_for(delivered=_WIDEST + 30)
    assert (status.paused, status.failures_in_a_row) == (None, 0)
    assert set(published) <= set(customer.arrived)


def test_a_lane_has_one_countdown_however_many_events_failed(own_house: OpenHouse) -> None:
    """Ten events wait for their retry; Celery holds one message for them all, and nothing waits in a queue."""
    with own_house(retry_delay_seconds=60.0) as house:
        worker = house.worker
        customer = house.customer()
        break_down(customer, events=30)
        customer.wait_for(retrying=_DOWN_AFTER, held=30 - _DOWN_AFTER, in_flight=0, queued=0)
        # The tasks that posted end a moment after their events are settled.
        wait_until(lambda: worker.ask("active") == [], PATIENCE_SECONDS, "the end of the tasks")
        assert len(worker.ask("scheduled")) == 1
        assert worker.ask("reserved") == []
        assert house.broker.messages(customer.name) == []
