"""Every scenario, by what people do with the system."""

from typing import Final

from tests.anomaly.scenario import Scenario
from tests.anomaly.scenarios import browsing, commanding, delivering, publishing, recovering, starting

ALL: Final[tuple[Scenario, ...]] = (
    *publishing.SCENARIOS,
    *delivering.SCENARIOS,
    *recovering.SCENARIOS,
    *commanding.SCENARIOS,
    *browsing.SCENARIOS,
    *starting.SCENARIOS,
)

__all__ = ["ALL"]
