"""When many fail at once it is us, not them: nobody is paused, one alarm is raised, all is delivered after."""

from collections.abc import Iterator

import pytest

from lessonhook.console.processes import wait_until
from tests.integration.conftest import OpenHouse
from tests.support.endpoints.exchange import ACCEPTED, FAILED
from tests.support.observability.telemetry import start_observed
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.customer import Customer
from tests.support.people.house import House

SUBSCRIBERS = 8


@pytest.fixture
def shaken_house(own_house: OpenHouse) -> Iterator[House]:
    """Yield a system in which five of eight are many; an outbreak is seen long before a third attempt."""
    with own_house(
        sweep_interval_seconds=0.1, retry_delay_seconds=1.5, mass_failure_subscribers=6, mass_failure_share=0.6
    ) as house:
        yield house


def respond_all(customers: list[Customer], response: object) -> None:
    """Let every endpoint respond alike."""
    for customer in customers:
        customer.respond(response)  # type: ignore[arg-type]  # a Response


def alarms(house: House, event: str) -> int:
    """Count a line in the logs of all workers."""
    return sum(worker.logs().count(event) for worker in house.workers.started)


def test_nobody_is_paused_and_all_is_delivered_after(shaken_house: House) -> None:
    """More than the three attempts of each, two workers: no pause, one alarm, one end of it, nothing lost."""
    house = shaken_house
    _, telemetry = start_observed(house)
    house.workers.start()
    customers = [house.customer() for _ in range(SUBSCRIBERS)]
    respond_all(customers, FAILED)
    for customer in customers:
        customer.publish_many(2)
    telemetry.wait_for("mass_failure", 1)
    for customer in customers:
        customer.wait_for_posts(4)
    assert [customer.status.paused for customer in customers] == [None] * SUBSCRIBERS
    assert (alarms(house, "deliveries.failing_everywhere"), alarms(house, "subscriber.paused")) == (1, 0)
    respond_all(customers, ACCEPTED)
    for customer in customers:
        customer.wait_for(delivered=2, held=0, retrying=0)
    telemetry.wait_for("mass_failure", 0)
    wait_until(lambda: alarms(house, "deliveries.recovered"), PATIENCE_SECONDS, "the end of the alarm")
    assert (alarms(house, "deliveries.failing_everywhere"), alarms(house, "deliveries.recovered")) == (1, 1)


def test_a_silence_is_no_recovery(shaken_house: House) -> None:
    """Who failed is silent until the next attempt, and a single success of another says nothing about them."""
    house = shaken_house
    _, telemetry = start_observed(house, settings=house.settings.model_copy(update={"retry_delay_seconds": 3.0}))
    customers = [house.customer() for _ in range(SUBSCRIBERS)]
    respond_all(customers, FAILED)
    for customer in customers:
        customer.publish()
    telemetry.wait_for("mass_failure", 1)
    healthy = house.customer()
    healthy.publish()
    healthy.wait_for(delivered=1)
    for customer in customers:
        customer.wait_for_posts(4)
    assert alarms(house, "deliveries.recovered") == 0
    assert [customer.status.paused for customer in customers] == [None] * SUBSCRIBERS


def test_few_that_fail_among_many_are_paused_as_ever(shaken_house: House) -> None:
    """Three of eight: it is them."""
    house = shaken_house
    house.workers.start()
    customers = [house.customer() for _ in range(SUBSCRIBERS)]
    respond_all(customers[:3], FAILED)
    for customer in customers:
        customer.publish()
    for customer in customers[:3]:
        customer.wait_for(paused=True)
    assert alarms(house, "deliveries.failing_everywhere") == 0


def test_who_goes_on_failing_in_a_quiet_hour_is_paused_as_ever(own_house: OpenHouse) -> None:
    """Three of eight fail, then nothing but their retries goes on: still it is them."""
    with own_house(
        sweep_interval_seconds=0.1, retry_delay_seconds=2.0, mass_failure_subscribers=3, mass_failure_share=0.6
    ) as house:
        house.workers.start()
        customers = [house.customer() for _ in range(SUBSCRIBERS)]
        well, down = customers[3:], customers[:3]
        respond_all(down, FAILED)
        for customer in customers:
            customer.publish()
        for customer in well:
            customer.wait_for(delivered=1)
        for customer in down:
            customer.wait_for(failures_in_a_row=1)
        # The sweep has seen them fail.
        wait_until(
            lambda: len(scores(house, "failing-since")) == len(down), PATIENCE_SECONDS, "note of who began to fail"
        )
        a_minute_passes(house)
        for customer in down:
            customer.wait_for(paused=True)
        assert alarms(house, "deliveries.failing_everywhere") == 0


def scores(house: House, kind: str) -> dict[tuple[str, str], float]:
    """Read when what is noted of each subscriber happened, by the key it stands in and its name."""
    with house.server.client() as client:
        keys = [name.decode() for name in client.scan_iter(f"lessonhook:*:{kind}")]
        return {
            (name, member.decode()): score
            for name in keys
            for member, score in client.zrange(name, 0, -1, withscores=True)
        }


def a_minute_passes(house: House) -> None:
    """Move what was noted into the past, as a minute without anything to note would."""
    with house.server.client() as client:
        for kind in ("active", "failing", "failing-since"):
            for name, member in scores(house, kind):
                client.zincrby(name, -61_000, member)


def test_an_alarm_lasts_while_nobody_is_accepted(own_house: OpenHouse) -> None:
    """Nothing but retries that fail does not end it: its note in Redis is renewed with each look."""
    with own_house(
        sweep_interval_seconds=0.1, retry_delay_seconds=30.0, mass_failure_subscribers=6, mass_failure_share=0.6
    ) as house:
        _, telemetry = start_observed(house)
        customers = [house.customer() for _ in range(SUBSCRIBERS)]
        respond_all(customers, FAILED)
        for customer in customers:
            customer.publish()
        telemetry.wait_for("mass_failure", 1)
        a_minute_passes(house)
        with house.server.client() as client:
            # As if most of its life were over.
            client.pexpire("lessonhook:mass-failure", 60_000)
            wait_until(
                lambda: client.pttl("lessonhook:mass-failure") > 60_000, PATIENCE_SECONDS, "an alarm that goes on"
            )
        assert alarms(house, "deliveries.recovered") == 0


def test_a_few_alone_show_no_common_cause(shaken_house: House) -> None:
    """Two active subscribers that both fail are two broken endpoints."""
    house = shaken_house
    house.workers.start()
    customers = [house.customer() for _ in range(2)]
    respond_all(customers, FAILED)
    for customer in customers:
        customer.publish()
    for customer in customers:
        customer.wait_for(paused=True)
    assert alarms(house, "deliveries.failing_everywhere") == 0
