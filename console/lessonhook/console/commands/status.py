"""`lessonhook status`: the subscribers in trouble, on one screen."""

from collections.abc import Iterable
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from lessonhook.console.access import open_desk
from lessonhook.console.options.names import AsJson
from lessonhook.console.views import output
from lessonhook.console.views.lane_table import lanes_on, lanes_table
from lessonhook.console.views.totals_text import totals_line
from lessonhook.desk import BoardPage, Certificates, Condition, QuietLms, UnservedQueue
from lessonhook.desk.words import count

#: Subscribers without a subscription that are named.
_NAMED: Final = 5


def status(
    subscriber: Annotated[
        str | None, typer.Argument(metavar="SUBSCRIBER", help="Only this one; left out: all, the worst first.")
    ] = None,
    as_json: AsJson = False,
    state: Annotated[
        list[Condition] | None,
        typer.Option(metavar="STATE", help=f"Only those in this state, or in several: {', '.join(Condition)}."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            min=1,
            show_default=False,
            help="At most this many; left out: a screen at a terminal, otherwise all.",
        ),
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="All of them, also at a terminal.")] = False,
) -> None:
    """Show what waits, what failed and which subscribers are paused: the worst first, and the totals below.

    Columns: the age of the oldest undelivered event; the window (POSTs that may be in flight at once); events in
    flight, queued, retrying, held, refused (set aside, because the endpoint accepts others) and delivered.
    A line on top names a queue that no worker takes from, says that the LMS publishes nothing, or names client
    certificates that have ended or end within 30 days. A subscriber is quiet if its completions used to come and
    stopped. Ends with 1 if SUBSCRIBER is not known.
    """
    desk = open_desk()
    if subscriber is not None:
        # An unknown one is an error, and not an empty page.
        one = desk.of(subscriber).state()
        unserved, lms_quiet = desk.unserved_queues(), desk.quiet_lms()
        if as_json:
            queues = [queue.document() for queue in unserved]
            quiet = lms_quiet.document() if lms_quiet else None
            output.write_json({"unserved_queues": queues, "lms_quiet": quiet, "subscribers": [one.document()]})
            return
        _print_alarms(output.out(), unserved, lms_quiet)
        output.write_drawn(lanes_table([one], width=output.out().size.width))
        return
    console = output.out()
    length = limit
    if limit is None and console.is_terminal and not everyone and not as_json:
        # Each row takes a line at least, so this many can't be too few.
        length = console.size.height
    page = desk.board.page("", 0, length, state or ())
    unsubscribed = desk.unsubscribed()
    if as_json:
        output.write_json(_document(page, unsubscribed))
        return
    _print_alarms(console, page.totals.unserved, page.totals.lms_quiet, page.totals.certificates)
    if not page.totals.subscribers:
        output.write_line("There are no subscribers yet; `lessonhook subscriptions put --help` says how to add one.")
        _report_unsubscribed(unsubscribed)
        return
    states = page.states
    if length is not None and limit is None:
        lines_beside = len(page.totals.unserved) + bool(page.totals.lms_quiet) + bool(unsubscribed)
        lines_beside += -(-len(page.totals.certificates.words) // console.size.width)
        states = lanes_on(states, console, lines_beside=lines_beside)
    if states:
        output.write_drawn(lanes_table(states, width=console.size.width))
    output.write_drawn(totals_line(page, shown=len(states)))
    _report_unsubscribed(unsubscribed)


def _print_alarms(
    console: Console,
    unserved: Iterable[UnservedQueue],
    lms_quiet: QuietLms | None,
    certificates: Certificates | None = None,
) -> None:
    for queue in unserved:
        console.print(Text(queue.words, style="bold red"))
    if lms_quiet is not None:
        console.print(Text(lms_quiet.words, style="bold red"))
    if certificates is not None and certificates.words:
        console.print(Text(certificates.words, style="yellow"))


def _report_unsubscribed(unsubscribed: dict[str, int]) -> None:
    if not unsubscribed:
        return
    names = ", ".join(list(unsubscribed)[:_NAMED])
    more = f" and {len(unsubscribed) - _NAMED} more" if len(unsubscribed) > _NAMED else ""
    completions = count(sum(unsubscribed.values()), "completion")
    output.write_line(f"{completions} of the last days without a subscription: {names}{more}")


def _document(page: BoardPage, unsubscribed: dict[str, int]) -> dict[str, object]:
    totals = page.totals.document()
    unserved = totals.pop("unserved")
    lms_quiet = totals.pop("lms_quiet")
    certificates = totals.pop("certificates")
    return {
        "unserved_queues": unserved,
        "lms_quiet": lms_quiet,
        "certificates": certificates,
        "totals": totals,
        "matching": page.matching,
        "subscribers": [state.document() for state in page.states],
        "unsubscribed": unsubscribed,
    }
