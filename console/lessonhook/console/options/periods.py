"""Reads a period of whole days: one day or one month, in UTC."""

import re
from calendar import monthrange
from datetime import date
from typing import Annotated, Final

import typer

from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.options.moments import read_moment

_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")

Day = Annotated[str | None, typer.Option(metavar="WHEN", help="The day, in UTC, such as 2026-03-01; 1d is yesterday.")]
Month = Annotated[str | None, typer.Option(metavar="YYYY-MM", help="The month, in UTC, such as 2026-03.")]


def read_period(day: str | None, month: str | None) -> tuple[date, date]:
    """Return the first and the last day. Raises a Complaint unless exactly one of the two is given, and right."""
    if (day is None) is (month is None):
        raise Complaint("give --day or --month, one of the two", ExitCode.WRONG_USAGE)
    moment = read_moment(day, "--day")
    if moment is not None:
        return moment.date(), moment.date()
    read = _MONTH.fullmatch(month or "")
    if read is None or read[1] == "0000":
        raise Complaint("--month: write a month such as 2026-03", ExitCode.WRONG_USAGE)
    first = date(int(read[1]), int(read[2]), 1)
    return first, first.replace(day=monthrange(first.year, first.month)[1])
