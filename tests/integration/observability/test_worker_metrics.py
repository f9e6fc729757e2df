"""What a worker counts is what happened, and no series bears the name of a subscriber, an event or a person."""

import time

from lessonhook.console.processes import free_port, wait_until
from lessonhook.ledger import Kind, Reason
from tests.support.endpoints.exchange import ACCEPTED, FAILED, HANGS, Response
from tests.support.observability.telemetry import Telemetry, start_observed
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House

GONE = Response(status=410)


def test_every_series_is_there_before_its_first_attempt(observed: Telemetry) -> None:
    """`increase()` of a series that begins with 1 is 0: the first failure of a kind would go unseen."""
    page = observed.page()
    pairs = [(Kind.ACCEPTED, Reason.ACCEPTED), (Kind.FAILED, Reason.DNS), (Kind.FAILED, Reason.STATUS)]
    assert [page.value("attempts_total", outcome=kind, reason=reason) for kind, reason in pairs] == [0, 0, 0]
    for name in ("unconfirmed_total", "possible_repeats_total", "swept_total", "first_attempt_delay_seconds_count"):
        assert page.value(name) == 0
    assert page.series("notices_total") == {
        "subscriber.paused": 0,
        "subscriber.resumed": 0,
        "event.refused": 0,
        "event.expired": 0,
        "event.erased": 0,
        "subscriber.quiet": 0,
        "subscriber.heard": 0,
        "subscribers.quiet": 0,
        "lms.quiet": 0,
        "lms.heard": 0,
    }


def test_attempts_are_counted_by_outcome_and_reason(observed: Telemetry, quick_house: House) -> None:
    """Accepted, failed by status, gone, nobody there: each under its own two words, with how long it took."""
    accepted, failing, gone, away = (quick_house.customer() for _ in range(4))
    failing.respond(FAILED)
    gone.respond(GONE)
    away.subscribe(callback_url=f"http://127.0.0.1:{free_port()}/")
    accepted.publish_many(3)
    for customer in (failing, gone, away):
        customer.publish()
        customer.wait_for(paused=True)
    accepted.wait_for(delivered=3)
    page = observed.wait_for("notices_total", 3, kind="subscriber.paused")
    counted = {
        labels: page.value("attempts_total", outcome=labels[0], reason=labels[1])
        for labels in (("accepted", "accepted"), ("failed", "status"), ("gone", "status"), ("failed", "refused"))
    }
    assert list(counted.values()) == [3, 3, 1, 3]
    assert page.value("attempt_seconds_count", outcome="failed") == 6
    assert page.value("attempt_seconds_count", outcome="accepted") == 3
    assert page.value("attempt_seconds_bucket", outcome="accepted", le="5.0") == 3


def test_the_delay_is_that_of_first_attempts_alone(observed: Telemetry, quick_house: House) -> None:
    """Three attempts of one event are one delay, and what the endpoint took is no part of it."""
    customer = quick_house.customer()
    customer.respond(Response(status=500, delay_seconds=1.0), FAILED)
    published = time.monotonic()
    customer.publish()
    customer.wait_for(paused=True)
    page = observed.wait_for("notices_total", 1, kind="subscriber.paused")
    assert page.value("first_attempt_delay_seconds_count") == 1
    assert 0 < (page.value("first_attempt_delay_seconds_sum") or 0) < customer.posts[0].arrived - published


def test_slots_in_use_are_reported(observed: Telemetry, quick_house: House) -> None:
    """Two POSTs that hang take two slots, or wait aside as soon as they count as slow; then both are free again."""
    customers = [quick_house.customer() for _ in range(2)]
    for customer in customers:
        customer.respond(HANGS, ACCEPTED)
        customer.publish()
        customer.wait_for_posts(1)

    def taken() -> float:
        page = observed.page()
        return (page.value("worker_slots_used") or 0) + (page.value("worker_posts_aside") or 0)

    wait_until(lambda: taken() == 2, PATIENCE_SECONDS, lambda: f"two POSTs in slots or aside, {taken()} are")
    page = observed.page()
    assert page.value("worker_slots") == quick_house.settings.worker_slots
    assert (page.value("worker_healthy"), page.value("worker_ready")) == (1, 1)
    for customer in customers:
        customer.release()
    wait_until(lambda: taken() == 0, PATIENCE_SECONDS, lambda: f"no POST in slots or aside, {taken()} are")


def test_a_lost_worker_is_a_possible_repeat_and_its_event_is_swept(quick_house: House) -> None:
    """Killed in the middle of a POST: the next worker counts the lease, publishes the event again and delivers it."""
    customer = quick_house.customer()
    customer.respond(HANGS, ACCEPTED)
    short_lease = {"request_deadline_seconds": 1.0, "lease_margin_seconds": 0.5}
    victim, _ = start_observed(quick_house, settings=quick_house.settings.model_copy(update=short_lease))
    customer.publish()
    customer.wait_for_posts(1)
    victim.kill()
    _, telemetry = start_observed(quick_house)
    customer.wait_for(delivered=1)
    page = telemetry.wait_for("possible_repeats_total", 1)
    assert (page.value("swept_total") or 0) >= 1


def test_no_series_bears_a_name(observed: Telemetry, quick_house: House) -> None:
    """A subscriber is told only among those that wait longest; a learner, a lesson, an address or a secret never."""
    customer = quick_house.customer(authorization="Token marked-secret")
    customer.respond(FAILED)
    event_id = customer.publish(learner="marked-learner")
    customer.wait_for(paused=True)
    page = observed.wait_for("paused_subscribers", 1)
    named = [line for line in page.text.splitlines() if customer.name in line]
    assert all(line.startswith("lessonhook_worst_undelivered_seconds{") for line in named)
    assert len(named) == 1
    for mark in ("marked", event_id, "example.com", customer.path, "Fire Safety"):
        assert mark not in page.text
