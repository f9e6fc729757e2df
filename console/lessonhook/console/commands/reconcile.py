"""`lessonhook reconcile`: a subscriber's statement, to compare with the LMS's own record."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Annotated, Final

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.options.moments import Since, Until, read_moment
from lessonhook.console.options.names import AsJson, Subscriber
from lessonhook.console.views import output
from lessonhook.desk import EventRecord, SortedEvents, Statement
from lessonhook.desk.acts import SortedLines
from lessonhook.desk.words import count, moment
from lessonhook.ledger import Counts, EventGlance

_SINCE: Final = "7d"
#: The past has a line of its own, because most companies have none.
_COLUMNS: Final = tuple(field.name for field in fields(Counts) if not field.name.startswith("backfill_"))
#: Columns that are shown without a number, too.
_ALWAYS: Final = frozenset({"recorded", "delivered"})


def reconcile(
    subscriber: Subscriber,
    since: Since = _SINCE,
    until: Until = None,
    ids: Annotated[bool, typer.Option("--ids", help="List every event with its state.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what was recorded for a subscriber on some days, and where each of those events is now.

    Days are whole ones in UTC; the days of both times are included. Counts are kept for 400 days. An event is known by
    its id for LESSONHOOK_DELIVERED_RETENTION_DAYS after its delivery, and for LESSONHOOK_RETENTION_DAYS undelivered.
    Ends with 1 if SUBSCRIBER is not known.
    """
    # Of the same day, either may come first.
    first, last = _day(since, "--since"), _day(until, "--until")
    if first > last:
        raise Complaint("--since must not be later than --until", ExitCode.WRONG_USAGE)
    of_subscriber = open_desk().of(subscriber)
    progress = output.Progress()
    if as_json and ids:
        with SortedEvents() as events:

            def take(event: EventRecord) -> None:
                progress.step()
                events.add(event.recorded, event)

            document = of_subscriber.statement(first, last, each=take).document(with_events=False)
            output.write_json_rows(document, "events", (event.document() for event in events))
        return
    with SortedLines() as lines:

        def look(event: EventGlance) -> None:
            progress.step()
            if ids:
                line = f"{event.event_id} {event.state}, recorded {moment(event.recorded)}"
                lines.add(event.recorded, event.recorded, line)

        statement = of_subscriber.statement(first, last, each_glance=look)
        if as_json:
            output.write_json(statement.document(with_events=False))
            return
        _show(statement)
        output.write_many(lines)


def _day(text: str | None, option: str) -> date:
    return (read_moment(text, option) or datetime.now(UTC)).date()


def _show(statement: Statement) -> None:
    output.write_line(f"{statement.subscriber}, {statement.first} to {statement.last} (UTC)")
    output.write_line(f"{count(statement.total.recorded, 'event')} recorded; of these are now: {_places(statement)}")
    if not statement.days:
        return
    recorded, delivered = statement.total.backfill_recorded, statement.total.backfill_delivered
    if recorded or delivered:
        output.write_line(f"Completions of the past among them: {recorded:,} recorded, {delivered:,} delivered")
    shown = output.table(blanks=1)
    shown.add_column("day", no_wrap=True)
    # At 80 columns there is no room for all of them with numbers of a million: those without any number are left out.
    columns = [name for name in _COLUMNS if name in _ALWAYS or getattr(statement.total, name)]
    for name in columns:
        shown.add_column(name.replace("_", "\n"), justify="right", overflow="fold")
    for day, counts in statement.days.items():
        shown.add_row(day.isoformat(), *_numbers(counts, columns))
    shown.add_section()
    shown.add_row("all", *_numbers(statement.total, columns))
    output.write_drawn(shown)


def _places(statement: Statement) -> str:
    places = [f"{number:,} {state}" for state, number in statement.by_state.items() if number]
    if statement.forgotten:
        places.append(f"{statement.forgotten:,} ended too long ago to be known by their ids")
    return ", ".join(places) or "none"


def _numbers(counts: Counts, columns: Iterable[str]) -> list[str]:
    return [f"{getattr(counts, name):,}" for name in columns]
