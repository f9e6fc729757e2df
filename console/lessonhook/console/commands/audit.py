"""`lessonhook audit`: who did what to a subscriber."""

from typing import Annotated

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.options.names import AsJson
from lessonhook.console.views import output
from lessonhook.console.views.audit_table import audit_table


def audit(
    subscriber: Annotated[
        str | None,
        typer.Argument(metavar="SUBSCRIBER", help="Only this one, removed or not; left out: all.", show_default=False),
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="NUMBER", min=1, max=10_000, help="Show at most this many, the newest.")
    ] = 50,
    as_json: AsJson = False,
) -> None:
    """Show who saved, paused, resumed, removed, erased or sent again what, and when, the newest first.

    An act that one person repeats is one row with its number. Each subscriber's last 500 rows are kept, for 400 days.
    The LMS names its own users by the argument `by`; Flower's are those that sign in; the command line's are the
    shell's. What workers do by themselves has no row, but for the statement of a month that they post.
    Ends with 1 if SUBSCRIBER is not known.
    """
    desk = open_desk()
    entries = desk.audit(at_most=limit) if subscriber is None else desk.of(subscriber).audit(at_most=limit)
    if as_json:
        output.write_json({"acts": [entry.document() for entry in entries]})
    elif entries:
        output.write_drawn(audit_table(entries))
    else:
        output.write_line("nobody has done anything yet")
