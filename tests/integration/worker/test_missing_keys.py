"""A worker without the key that new events are sealed with takes none, says so, and delays nobody."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from lessonhook.console.processes import wait_until
from lessonhook.ledger import State
from tests.integration.conftest import OpenHouse
from tests.support.observability.telemetry import start_observed
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House

_OLD, _NEW = (SecretStr(Fernet.generate_key().decode()) for _ in range(2))
_EVENTS = 30


@pytest.fixture
def rotated_house(own_house: OpenHouse) -> Iterator[House]:
    """Return a house whose LMS seals with a new key and knows the old one; each worker sweeps ten times a second."""
    with own_house(encryption_keys=(_NEW, _OLD), sweep_interval_seconds=0.1) as house:
        yield house


def test_it_leaves_the_messages_to_a_worker_that_has_the_key(rotated_house: House) -> None:
    """All are delivered with one attempt each; the other worker says what it lacks, in the log and in /readyz."""
    house = rotated_house
    house.workers.start()
    customer = house.customer()
    customer.publish()
    customer.wait_for(delivered=1)
    forgotten, telemetry = start_observed(
        house, settings=house.settings.model_copy(update={"encryption_keys": (_OLD,)})
    )
    wait_until(lambda: "worker.stopped_taking" in forgotten.logs(), PATIENCE_SECONDS, "a worker that stops taking")

    published = [customer.publish() for _ in range(_EVENTS)]
    customer.wait_for(delivered=1 + _EVENTS)

    events = list(house.ledger.events.read(customer.name, published))
    assert {(event.state, event.leases_lost) for event in events} == {(State.DELIVERED, 0)}
    assert "worker.keyless" in forgotten.logs()
    assert "LESSONHOOK_ENCRYPTION_KEYS" in telemetry.wait_check("/readyz", 503)
    assert [beat.keyless for beat in house.ledger.heartbeats.last()].count(True) == 1


def test_alone_it_gives_back_what_it_cannot_open_and_charges_nobody(rotated_house: House) -> None:
    """Nothing is lost: a worker with the key delivers the event, with its first attempt."""
    house = rotated_house
    customer = house.customer()
    forgotten = house.workers.start(settings=house.settings.model_copy(update={"encryption_keys": (_OLD,)}))
    event_id = customer.publish()
    wait_until(lambda: "delivery.given_back" in forgotten.logs(), PATIENCE_SECONDS, "an event that is given back")
    assert customer.attempts(event_id) == 0

    house.workers.start()
    customer.wait_for(delivered=1)
    event = house.ledger.events.get(customer.name, event_id)
    assert event is not None
    assert (event.posts, event.leases_lost) == (1, 0)
