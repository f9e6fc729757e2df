"""The ledger's figures: what the statuses say, in sums, told by one worker however many there are."""

import time

from lessonhook.console.processes import wait_until
from lessonhook.ledger import publish
from tests.support.endpoints.exchange import FAILED, HANGS
from tests.support.observability.telemetry import SCRAPE_SECONDS, Telemetry, start_observed
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House

LEADER = "lessonhook:metrics-leader"


def test_the_gauges_show_what_the_lanes_hold(observed: Telemetry, quick_house: House) -> None:
    """One paused with two held, one with a POST in flight and one held behind it, one at rest."""
    paused, busy, idle = (quick_house.customer() for _ in range(3))
    paused.respond(FAILED)
    busy.respond(HANGS)
    paused.publish()
    paused.wait_for(paused=True)
    publish(quick_house.producer.app, quick_house.ledger.pause(paused.name), ledger=quick_house.ledger)
    paused.publish()
    busy.publish_many(2)
    busy.wait_for_posts(1)
    idle.publish()
    idle.wait_for(delivered=1)
    page = observed.wait_for("held", 3)
    told = {name: page.value(name) for name in ("in_flight", "slots_used", "queued", "retrying", "refused")}
    assert told == {"in_flight": 1, "slots_used": 1, "queued": 0, "retrying": 0, "refused": 0}
    counts = {name: page.value(f"{name}subscribers") for name in ("", "busy_", "paused_", "failing_")}
    assert counts == {"": 3, "busy_": 2, "paused_": 1, "failing_": 0}
    assert page.series("events_total") == {
        "recorded": 5,
        "delivered": 1,
        "unconfirmed": 0,
        "superseded": 0,
        "expired": 0,
        "erased": 0,
        "dropped": 0,
    }
    # Its heartbeat counts for six sweeps, which are short here.
    observed.wait_for("workers", 1, state="consuming")
    assert page.value("mass_failure") == 0
    oldest = paused.status.oldest_undelivered_seconds
    assert oldest is not None
    assert 0 < (page.value("oldest_undelivered_seconds") or 0) <= oldest


def test_an_operators_pause_counts_though_nothing_waits(observed: Telemetry, quick_house: House) -> None:
    """A lane with nothing in it is paused all the same."""
    customer = quick_house.customer()
    publish(quick_house.producer.app, quick_house.ledger.pause(customer.name), ledger=quick_house.ledger)
    page = observed.wait_for("paused_subscribers", 1)
    assert (page.value("busy_subscribers"), page.value("oldest_undelivered_seconds")) == (0, 0)


def test_only_the_worst_few_are_named(observed: Telemetry, quick_house: House) -> None:
    """Of twelve that wait, the ten that have waited longest have a series of their own."""
    customers = [quick_house.customer() for _ in range(12)]
    for customer in customers:
        publish(quick_house.producer.app, quick_house.ledger.pause(customer.name), ledger=quick_house.ledger)
    for customer in customers[:10]:
        customer.publish()
    last = customers[9]
    wait_until(
        lambda: (last.status.oldest_undelivered_seconds or 0) > 0,
        PATIENCE_SECONDS,
        "the next millisecond of Redis' clock",
    )
    for customer in customers[10:]:
        customer.publish()
    page = observed.wait_for("held", 12)
    worst = page.series("worst_undelivered_seconds")
    assert set(worst) == {customer.name for customer in customers[:10]}
    assert max(worst.values()) == page.value("oldest_undelivered_seconds")


def test_one_worker_reports_them_and_another_follows_when_it_ends(quick_house: House) -> None:
    """Summed over workers they are true; a worker that ends leaves the lead at once."""
    first, telling = start_observed(quick_house)
    telling.wait_for("subscribers", 0)
    _, silent = start_observed(quick_house)
    silent.wait_check("/readyz", 200)
    assert silent.page().value("subscribers") is None
    assert telling.page().value("subscribers") == 0
    first.terminate()
    assert first.wait() == 0
    silent.wait_for("subscribers", 0)


def test_another_worker_follows_a_killed_one_when_its_lead_lapses(quick_house: House) -> None:
    """The lead has a lifetime, which nobody renews for the dead."""
    first, telling = start_observed(quick_house)
    telling.wait_for("subscribers", 0)
    _, silent = start_observed(quick_house)
    first.kill()
    silent.wait_check("/readyz", 200)
    assert silent.page().value("subscribers") is None
    with quick_house.server.client() as client:
        assert 0 < client.pttl(LEADER) <= 90_000
        client.pexpire(LEADER, 1)
    silent.wait_for("subscribers", 0)


def test_what_waits_for_a_worker_is_reported_by_queue(quick_house: House) -> None:
    """First attempts that nobody takes: how many, and for how long, is what workers are scaled by."""
    _, telemetry = start_observed(quick_house, queues=["retries"])
    for customer in [quick_house.customer() for _ in range(3)]:
        customer.publish()
    page = telemetry.wait_for("queue_messages", 3, queue="completions")
    assert page.value("queue_messages", queue="retries") == 0
    assert (page.value("queue_oldest_seconds", queue="completions") or 0) > 0
    assert page.value("queue_oldest_seconds", queue="retries") == 0
    assert page.value("queue_unserved_seconds", queue="retries") == 0
    # Nobody ever took from it.
    assert page.value("queue_unserved_seconds", queue="completions") == 86_400


def test_a_frozen_redis_takes_the_ledgers_figures_and_not_the_workers(observed: Telemetry, quick_house: House) -> None:
    """A scrape that waited for Redis would be given up, and the worker's own counters with it."""
    observed.wait_for("subscribers", 0)
    quick_house.server.stop()
    try:
        wait_until(
            lambda: observed.page().value("subscribers") is None,
            PATIENCE_SECONDS,
            "a page without the ledger's figures",
        )
        began = time.monotonic()
        page = observed.page()
        assert time.monotonic() - began < SCRAPE_SECONDS / 2
        assert (page.value("worker_healthy"), page.value("worker_ready")) == (1, 0)
        assert page.value("attempts_total", outcome="accepted", reason="accepted") == 0
    finally:
        quick_house.server.cont()
    observed.wait_for("subscribers", 0)
