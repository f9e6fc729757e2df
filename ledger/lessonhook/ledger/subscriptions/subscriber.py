"""The rule for a subscriber's name, for subscriptions and for completions alike."""

import re
from typing import Final

from lessonhook.config import broken

#: Printable ASCII. The name is part of Redis keys, where slash and braces have a meaning.
_SUBSCRIBER: Final = re.compile(r"[!-.0-z|~]{1,128}")


def read_subscriber(value: object) -> str:
    """Return a subscriber's name; a whole number becomes its text. Raise the rule that it breaks."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            value = str(value)
        except ValueError:  # Python writes no number of more than 4,300 digits.
            value = ""
    if not isinstance(value, str):
        raise broken("must be text or a whole number")
    if not _SUBSCRIBER.fullmatch(value):
        raise broken("must be 1 to 128 printable ASCII characters without blank, slash and braces")
    return value
