"""`lessonhook reconcile`: a subscriber's statement, to hold against the LMS's own record."""

from dataclasses import astuple, fields
from datetime import UTC, date, datetime
from typing import Annotated, Final

import typer

from lessonhook.console import output
from lessonhook.console.access import known_lane, open_producer
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.moments import Since, Until, read_moment
from lessonhook.console.statement import Statement
from lessonhook.console.wording import count, moment
from lessonhook.ledger.history import Counts

_SINCE: Final = "7d"


def reconcile(
    subscriber: Annotated[str, typer.Argument(help="The subscriber's name.", show_default=False)],
    since: Since = _SINCE,
    until: Until = None,
    ids: Annotated[bool, typer.Option("--ids", help="Name every event, with its state.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Show what was recorded for a subscriber within some days, and where each of those events is now.

    Days are whole ones, UTC: the days of both moments belong to it. Counts are kept for 400 days. An event is known
    by its id for LESSONHOOK_DELIVERED_RETENTION_DAYS after it was delivered and LESSONHOOK_RETENTION_DAYS undelivered.
    Ends with 1 if SUBSCRIBER is not known.
    """
    # Of the same day, either may come first.
    first, last = _day(since, "--since"), _day(until, "--until")
    if first > last:
        raise Complaint("--since must not be later than --until", ExitCode.WRONG_USAGE)
    producer = open_producer()
    known_lane(producer, subscriber)
    statement = Statement.draw_up(producer.ledger, subscriber, first, last)
    if as_json:
        output.write_json(statement.document(with_events=ids))
        return
    _show(statement)
    if ids:
        for event in statement.events:
            output.say(f"{event.event_id} {event.state}, recorded {moment(event.recorded)}")


def _day(text: str | None, option: str) -> date:
    return (read_moment(text, option) or datetime.now(UTC)).date()


def _show(statement: Statement) -> None:
    output.say(f"{statement.subscriber}, {statement.first} to {statement.last} (UTC)")
    output.say(f"{count(statement.total.recorded, 'event')} recorded; of these are now: {_places(statement)}")
    if not statement.days:
        return
    shown = output.table(blanks=1)
    shown.add_column("day", no_wrap=True)
    for field in fields(Counts):
        shown.add_column(field.name.replace("_", "\n"), justify="right")
    for day, counts in statement.days.items():
        shown.add_row(day.isoformat(), *_numbers(counts))
    shown.add_section()
    shown.add_row("all", *_numbers(statement.total))
    output.out().print(shown)


def _places(statement: Statement) -> str:
    places = [f"{number:,} {state}" for state, number in statement.by_state.items() if number]
    if statement.forgotten:
        places.append(f"{statement.forgotten:,} ended too long ago to be known by their ids")
    return ", ".join(places) or "none"


def _numbers(counts: Counts) -> list[str]:
    return [f"{number:,}" for number in astuple(counts)]
