"""The result of a check: a level, a line, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    #: It works, but something may go wrong later.
    WARN = "warn"
    #: It does not work, or events may be lost.
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `lessonhook doctor`."""

    level: Level
    #: What was checked, in a word or two.
    what: str
    found: str
    #: What to do; empty if there is nothing to do.
    cure: str = ""


def ok(what: str, found: str) -> Finding:
    """Make a finding that nothing is wrong."""
    return Finding(level=Level.OK, what=what, found=found)


def warn(what: str, found: str, cure: str) -> Finding:
    """Make a finding of what may go wrong."""
    return Finding(level=Level.WARN, what=what, found=found, cure=cure)


def fail(what: str, found: str, cure: str) -> Finding:
    """Make a finding of what is wrong."""
    return Finding(level=Level.FAIL, what=what, found=found, cure=cure)
