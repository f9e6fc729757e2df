"""Who plays in the demo: three companies whose names say how their endpoints behave."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Company:
    """A subscriber, what it is there to show, and the options of its subscription."""

    name: str
    part: str
    options: dict[str, Any]
    #: How long its endpoint takes for an answer.
    answer_seconds: float = 0.0


STEADY: Final = Company("steady-bakery", "answers at once", {"external_user_ids": True})
SLOW: Final = Company("slow-library", "takes 0.4 s for each answer, and answers well", {}, answer_seconds=0.4)
#: One POST at a time: so the order in which its receiver sees events is the order in which they were sent.
OUTAGE: Final = Company("outage-airline", "goes down and comes back; takes one POST at a time", {"max_in_flight": 1})
CAST: Final = (STEADY, SLOW, OUTAGE)
