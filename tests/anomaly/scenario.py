"""What a scenario is: what is there before the fault, what happens while it may strike, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.anomaly.scene import Scene

#: Whose pause a lane is under in the end.
NOBODY = ""
EXHAUSTED = "exhausted"
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Expected:
    """The lane in the end, whatever the fault was."""

    delivered: int = 0
    held: int = 0
    refused: int = 0
    paused: str = NOBODY
    #: POSTs in all, those that fail included.
    posts: int = 0


def nothing(scene: Scene) -> None:
    """Do nothing."""
    del scene


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario; faults strike at the doors of `side`."""

    name: str
    side: str
    #: What happens while the fault is armed.
    act: Callable[[Scene], None]
    expected: Expected
    #: What has happened before.
    prepare: Callable[[Scene], None] = nothing
    #: What the LMS or an operator does when the fault is over, beside publishing again what was refused.
    afterwards: Callable[[Scene], None] = nothing
