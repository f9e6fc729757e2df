"""Ten workers' worth of transitions at one moment: the ledger's steps are atomic, so that no order of them hurts."""

import random
from typing import Any, Final

from lessonhook.console.processes import wait_until
from lessonhook.ledger import Ledger, Policy
from tests.chaos.crowd import Crowd
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.account import at_rest, draw_up
from tests.support.servers.server import Server

COMPANIES: Final = tuple(f"company-{number}" for number in range(4))
EVENTS: Final = 150
POLICY: Final = Policy(
    retry_delay_ms=30,
    lease_ms=1_500,
    republish_after_ms=150,
    wake_grace_ms=50,
    throttle_wait_ms=30,
    workers_lost_limit=99,
)


def test_ten_workers_on_one_ledger(redis_server: Server) -> None:
    """With letters lost and repeated, POSTs that fail and workers that crash: each event is in one place at a time."""

    def make_ledger() -> Ledger:
        return Ledger(redis_server.client(), POLICY)

    ledger, chance, crowd = (
        make_ledger(),
        random.Random(11),
        Crowd(make_ledger, failures=0.1, losses=0.05, crashes=0.01),
    )
    published: dict[str, list[str]] = {company: [] for company in COMPANIES}
    for company in COMPANIES:
        limits: Any = {"max_in_flight": None, "max_per_second": None}
        ledger.subscribe(company, document=b"{}", endpoint="one", **limits)
    with crowd.at_work(10):
        for number in range(EVENTS):
            for company in COMPANIES:
                event_id = f"{company}-{number}"
                # Three completions for each learner: their order is at stake as well.
                step = ledger.record(
                    company, event_id, body=event_id.encode(), learner=str(number // 3), lesson="1", completed_at=number
                )
                published[company].append(event_id)
                crowd.publish(step, chance)
                assert step.recorded
        # Faults are over; what they have paused goes on.
        crowd.failures = crowd.losses = crowd.crashes = 0.0

        def done() -> bool:
            for company in COMPANIES:
                lane = ledger.lanes.status(company)
                assert lane.in_flight + lane.queued <= POLICY.max_in_flight
                if at_rest(lane) and lane.held:
                    crowd.publish(ledger.resume(company), chance)
            return all(ledger.lanes.status(company).oldest_undelivered_seconds is None for company in COMPANIES)

        wait_until(done, PATIENCE_SECONDS, lambda: f"an end; {ledger.lanes.statuses(COMPANIES)}; {crowd.faults}")
    assert not crowd.faults
    account = draw_up(ledger, crowd.record, published)
    assert account.delivered + account.refused == len(COMPANIES) * EVENTS
    ledger.redis.close()
