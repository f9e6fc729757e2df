"""`lessonhook replay-missing`: send exactly what a receiver lacks, by the list of the ids that it has."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.commands import sending
from lessonhook.console.options.input_file import opened
from lessonhook.console.options.names import AsJson, DryRun, SendYes, Subscriber
from lessonhook.console.options.periods import Day, Month, read_period
from lessonhook.console.views import output
from lessonhook.desk import Gap
from lessonhook.desk.words import count

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def replay_missing(  # noqa: PLR0917 - each is an option of the command line, and given by name
    subscriber: Subscriber,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="The ids that the receiver has, one a line; - for the standard input."),
    ] = "-",
    day: Day = None,
    month: Month = None,
    dry_run: DryRun = False,
    yes: SendYes = False,
    as_json: AsJson = False,
) -> None:
    """Send again what was recorded for SUBSCRIBER on a day or in a month and is not among the ids in FILE.

    The ids are the webhook-ids that the receiver has; those of other days do no harm. Delivered and refused events
    that are not among them are sent as `replay` sends them. Undelivered ones are not: they are sent by themselves.
    What ended too long ago to be known by its id is counted and cannot be sent; `rebuild` can publish it again. Ends
    with 1 if any event was not accepted.
    """
    first, last = read_period(day, month)
    desk = open_desk()
    with opened(file, "ids from the keyboard, one a line") as lines:
        gap = desk.of(subscriber).statements.gap(first, last, _ids(lines))
    if not as_json:
        output.write_line(_words(gap))
    if dry_run:
        sending.preview(gap.missing, as_json=as_json, facts=gap.document())
    else:
        sending.send(desk, gap.missing, yes=yes, as_json=as_json, facts=gap.document())


def _ids(lines: Iterator[bytes]) -> Iterator[str]:
    """Yield the ids. Bytes that are no id of ours are ids that no event has."""
    for line in lines:
        if text := line.removeprefix(_BYTE_ORDER_MARK).strip():
            yield text.decode(errors="replace")


def _words(gap: Gap) -> str:
    facts = [f"the receiver has {gap.received:,}", f"{len(gap.missing):,} missing"]
    others = {
        "waiting to be sent by themselves": gap.waiting,
        "superseded or dropped": gap.left_out,
        "expired or erased": gap.gone,
        "ended too long ago to be known by their ids": gap.no_longer_known,
    }
    facts += [f"{number:,} {words}" for words, number in others.items() if number]
    if gap.other_ids:
        facts.append(f"{count(gap.other_ids, 'id')} of the list not of these days")
    return ", ".join(facts)
