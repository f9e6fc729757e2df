"""The rule for an event's id, for completions and for what comes in with a message."""

import re
from typing import Final

from lessonhook.config import broken

#: Printable ASCII, because the id is sent in the header `webhook-id`. A blank at either end would be cut off there.
_EVENT_ID: Final = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?")

#: Begins the `webhook-id` of a sample, so that a receiver can tell it from a completion.
TEST_PREFIX: Final = "test-"


def read_event_id(value: object) -> str:
    """Return an event's id. Raise the rule that it breaks."""
    if not isinstance(value, str) or not _EVENT_ID.fullmatch(value):
        raise broken("must be 1 to 128 printable ASCII characters with no blank at either end")
    return value
