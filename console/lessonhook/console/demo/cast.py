"""The companies of the demo: three, whose names say how their endpoints behave."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Company:
    """A subscriber, what it shows, and the options of its subscription."""

    name: str
    part: str
    options: dict[str, Any]
    #: How long its endpoint takes to respond.
    response_seconds: float = 0.0


STEADY: Final = Company("steady-bakery", "responds at once", {"external_user_ids": True})
SLOW: Final = Company("slow-library", "takes 0.4 s for each response, and accepts", {}, response_seconds=0.4)
#: One POST at a time, so that its receiver sees the events in the order in which they were sent.
OUTAGE: Final = Company("outage-airline", "goes down and comes back; takes one POST at a time", {"max_in_flight": 1})
CAST: Final = (STEADY, SLOW, OUTAGE)
