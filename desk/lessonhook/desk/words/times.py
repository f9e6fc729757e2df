"""Times and counts as people write them."""

from datetime import UTC, datetime
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400


def span(seconds: float | None) -> str:
    """Return a duration in at most six characters: 0.4s, 12s, 5m, 2h05, 3d; a dash for None."""
    if seconds is None:
        return "-"
    if seconds < 10:  # noqa: PLR2004 - above it, a tenth does not matter
        return f"{seconds:.1f}s"
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < _DAY:
        return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02}"
    return f"{whole // _DAY}d"


def moment(when: datetime) -> str:
    """Return a time to the second, in UTC like the logs."""
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def ago(when: datetime) -> str:
    """Return how long ago a time was, by this machine's clock."""
    return f"{span(max(0.0, (datetime.now(UTC) - when).total_seconds()))} ago"


def count(number: int, thing: str, things: str | None = None) -> str:
    """Return a number with its noun: 1 event, 12 events."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
