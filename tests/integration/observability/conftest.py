"""A system whose worker is watched: its metrics and health on the loopback, its sweep as quick as in production."""

from collections.abc import Iterator

import pytest

from tests.integration.conftest import OpenHouse
from tests.support.observability.telemetry import Telemetry, start_observed
from tests.support.people.house import House

SWEEP_SECONDS = 0.2


@pytest.fixture
def quick_house(own_house: OpenHouse) -> Iterator[House]:
    """Yield a system of the test's own that sweeps, without a worker."""
    with own_house(sweep_interval_seconds=SWEEP_SECONDS, republish_after_seconds=0.5) as house:
        yield house


@pytest.fixture
def observed(quick_house: House) -> Telemetry:
    """Return the telemetry of that system's only worker."""
    _, telemetry = start_observed(quick_house)
    telemetry.wait_check("/readyz", 200)
    return telemetry
