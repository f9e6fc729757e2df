"""A time of Redis' clock, as Python has it."""

from datetime import UTC, datetime
from typing import Final

_LAST_SECOND: Final = datetime.max.replace(microsecond=0, tzinfo=UTC).timestamp()


def moment(milliseconds: float) -> datetime:
    """Convert milliseconds since 1970, as Redis counts them, to a UTC datetime.

    A time outside the years 1970 to 9999 becomes the nearest one, because one lane must not end the list of all.
    """
    return datetime.fromtimestamp(min(max(milliseconds / 1000, 0), _LAST_SECOND), UTC)
