"""What is done to a subscriber, nearly always by a person, and the name under which the audit keeps the person."""

from enum import StrEnum
from typing import Final

#: Stands in the audit if the LMS does not name the person.
THE_LMS: Final = "the LMS"
#: Stands in the audit for what workers do by themselves.
A_WORKER: Final = "a worker"
#: The longest name that is kept.
_LONGEST_NAME: Final = 128


class Act(StrEnum):
    """An act that the audit keeps."""

    PUT = "put"
    CHANGE = "change"
    ROTATE = "rotate"
    #: The subscription. To end an event that nobody wants is DROP_EVENT.
    REMOVE = "remove"
    PAUSE = "pause"
    RESUME = "resume"
    REPLAY = "replay"
    ERASE = "erase"
    TOKEN = "token"  # noqa: S105 - the name of an act
    DROP_EVENT = "drop-event"
    BACKFILL_STOP = "backfill-stop"
    BACKFILL_RESUME = "backfill-resume"
    #: The statement of a month was posted, or given up. It is the one act that no person begins.
    STATEMENT = "statement"


def person(by: str) -> str:
    """Return a person's name as it is kept: at most 128 characters, each unprintable one replaced by `?`.

    Nobody's act fails because of the name, so no name is refused.
    """
    return "".join(each if each.isprintable() else "?" for each in by[:_LONGEST_NAME])
