"""`lessonhook drop`: undelivered events that nobody wants any more."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.options.moments import read_moment
from lessonhook.console.options.names import AsJson, DryRun, Subscriber, Yes
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.views import output
from lessonhook.desk.words import count

if TYPE_CHECKING:
    from lessonhook.desk import Dropped


def drop(  # noqa: PLR0917 - each is an option of the command line, and given by name
    subscriber: Subscriber,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept with each event.", show_default=False)],
    before: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN", help="Only what was recorded up to then: a time in UTC, or how long ago, such as 7d."
        ),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Drop a subscriber's undelivered events, which will not be sent: queued, retrying and held ones.

    They are counted first, and you are asked. What is in flight ends in its own way. A dropped event is known for
    LESSONHOOK_DELIVERED_RETENTION_DAYS, and `lessonhook replay --state dropped` sends it until then.
    """
    dropping = open_desk().of(subscriber).dropping(read_moment(before, "--before"))
    found = dropping.count()
    if dry_run or not found.events:
        _report(found, "would drop", as_json=as_json, is_dry_run=True)
        return
    if sys.stdin.isatty() and not yes:
        typer.confirm(f"Drop {_counted(found)} of {subscriber}?", abort=True)
    _report(dropping.drop(reason, by=shell_user()), "dropped", as_json=as_json, is_dry_run=False)


def _report(dropped: "Dropped", word: str, *, as_json: bool, is_dry_run: bool) -> None:
    if as_json:
        output.write_json({"dry_run": is_dry_run, "events": dropped.events, **dropped.document()})
    elif not dropped.events:
        output.write_line("nothing is undelivered, or all of it is in flight")
    else:
        output.write_line(f"{word} {_counted(dropped)}")


def _counted(dropped: "Dropped") -> str:
    counts = ", ".join(f"{number:,} {state}" for state, number in dropped.by_state.items())
    return f"{count(dropped.events, 'event')} ({counts})"
