"""How a time is written in what people read."""

from datetime import UTC, datetime


def to_the_minute(moment: datetime | float) -> str:
    """Return a time in UTC, as `2026-05-03 07:05 UTC`; a number is seconds since 1970."""
    when = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
