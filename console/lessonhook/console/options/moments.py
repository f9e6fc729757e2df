"""Reads a time as people write it: how long ago, or a date with or without a time of day."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from lessonhook.console.exits import Complaint, ExitCode

_AGO: Final = re.compile(r"(?P<number>[0-9]{1,6})(?P<unit>[smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_HELP: Final = "A time in UTC such as 2026-03-01T12:00, or how long ago: 90s, 30m, 2h, 7d."

Since = Annotated[str | None, typer.Option(metavar="WHEN", help=_HELP)]
Until = Annotated[str | None, typer.Option(metavar="WHEN", help="The same; the time itself is included.")]


def read_window(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Read both ends, None for an open one; raise a Complaint for a window that ends before it begins."""
    first, last = read_moment(since, "--since"), read_moment(until, "--until")
    if first and last and first > last:
        raise Complaint("--since must not be later than --until", ExitCode.WRONG_USAGE)
    return first, last


def read_moment(text: str | None, option: str) -> datetime | None:
    """Read an option's time, None for None; a time without a zone is in UTC. Raises a Complaint if it is no time."""
    if text is None:
        return None
    try:
        return _moment(text)
    except ValueError:
        words = "write a time such as 2026-03-01T12:00, or how long ago, such as 2h"
    except OverflowError:
        words = "write a time in the years 1 to 9999 of UTC"
    raise Complaint(f"{option}: {words}", ExitCode.WRONG_USAGE)


def _moment(text: str) -> datetime:
    if ago := _AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(seconds=int(ago["number"]) * _SECONDS[ago["unit"]])
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
