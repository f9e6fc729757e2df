"""A worker that stood still beyond its lease: what it was handed is another's by now."""

from lessonhook.console.processes import wait_until
from lessonhook.ledger import Kind, Ledger, NoticeKind, Outcome, Reason, State
from lessonhook.ledger.transitions.keys import shard_of
from tests.integration.conftest import OpenHouse
from tests.support.patience import PATIENCE_SECONDS
from tests.support.servers.tcp_proxy import Proxy

_BY_ANOTHER = Outcome(kind=Kind.ACCEPTED, reason=Reason.ACCEPTED, status=200)


def _swept(ledger: Ledger, subscriber: str) -> set[NoticeKind]:
    """Sweep a subscriber's shard and return what was noticed."""
    return {
        notice.kind
        for step in ledger.sweep(shard_of(subscriber), oldest_waiting_ms={}, read_at_ms=ledger.now_ms())
        for notice in step.notices
    }


def test_6_a_worker_that_wakes_up_after_its_lease_does_not_post(own_house: OpenHouse) -> None:
    """It hears of its delivery when another has made it: it gives it back and says so; the endpoint hears nothing."""
    with own_house(request_deadline_seconds=0.5, lease_margin_seconds=0.1) as house, Proxy(house.server.port) as proxy:
        # Only the ledger's replies come late; the message itself is handed over as ever.
        broker = {"broker_url_setting": house.settings.redis_url}
        worker = house.workers.start(settings=house.settings.model_copy(update=broker | {"redis_url": proxy.url_of()}))
        customer, ledger = house.customer(), house.ledger

        # The server knows the script from then on, and runs it when it is asked for the first time.
        ledger.admit(customer.name, "nobody's")
        proxy.keep_reply_back(b"late-event")
        customer.publish(event_id="late-event")
        wait_until(lambda: customer.state("late-event") is State.DELIVERING, PATIENCE_SECONDS, worker.logs)
        wait_until(
            lambda: NoticeKind.LEASE_LOST in _swept(ledger, customer.name), PATIENCE_SECONDS, "the end of its lease"
        )
        taken = ledger.admit(customer.name, "late-event").delivery
        assert taken is not None
        ledger.settle(customer.name, "late-event", taken.token, _BY_ANOTHER, in_place=False)
        proxy.speak()

        wait_until(lambda: "delivery.given_back" in worker.logs(), PATIENCE_SECONDS, worker.logs)
        assert customer.status.delivered == 1
        assert customer.arrived == []
