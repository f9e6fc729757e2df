"""What a check answers: how it stands, in one line, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it stands with what was checked."""

    OK = "ok"
    #: It works, and something may go wrong later.
    WARN = "warn"
    #: It does not work, or events may be lost.
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's."""

    level: Level
    #: What was checked, in a word or two.
    what: str
    found: str
    #: What to do; empty where nothing is to be done.
    cure: str = ""


def ok(what: str, found: str) -> Finding:
    """Say that nothing is wrong."""
    return Finding(level=Level.OK, what=what, found=found)


def warn(what: str, found: str, cure: str) -> Finding:
    """Say what may go wrong."""
    return Finding(level=Level.WARN, what=what, found=found, cure=cure)


def fail(what: str, found: str, cure: str) -> Finding:
    """Say what is wrong."""
    return Finding(level=Level.FAIL, what=what, found=found, cure=cure)
