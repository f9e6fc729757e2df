"""Times as people say them."""

from datetime import UTC, datetime
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400


def span(seconds: float | None) -> str:
    """Say a duration in at most six characters: 0.4s, 12s, 5m, 2h05, 3d; a dash for none."""
    if seconds is None:
        return "-"
    if seconds < 10:  # noqa: PLR2004 - where a tenth stops to matter
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
    """Say when something happened, to the second, in UTC as the logs do."""
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def ago(when: datetime) -> str:
    """Say how long ago something happened, by this machine's clock."""
    return f"{span(max(0.0, (datetime.now(UTC) - when).total_seconds()))} ago"


def count(number: int, thing: str, things: str | None = None) -> str:
    """Say how many there are: 1 event, 12 events."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
