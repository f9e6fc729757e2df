"""`lessonhook events`: a subscriber's events, newest first."""

from itertools import islice
from typing import Annotated, Final

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.options.moments import Since, Until, read_window
from lessonhook.console.options.names import AsJson, Subscriber
from lessonhook.console.views import output
from lessonhook.console.views.event_text import events_table
from lessonhook.ledger import State

_STATES: Final = f"Only events in this state; may be repeated: {', '.join(State)}."


def events(  # noqa: PLR0917 - each is an option of the command line, and given by name
    subscriber: Subscriber,
    state: Annotated[list[State] | None, typer.Option(metavar="STATE", help=_STATES)] = None,
    since: Since = None,
    until: Until = None,
    user_id: Annotated[str | None, typer.Option(metavar="ID", help="Only events of this learner, the user.id.")] = None,
    lesson_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Only events of this lesson, the lesson.id.")
    ] = None,
    late: Annotated[bool, typer.Option("--late", help="Only what waited longer than a minute, or still does.")] = False,
    past: Annotated[
        bool | None,
        typer.Option("--past/--no-past", show_default=False, help="Only completions of the past, or none of them."),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="NUMBER", min=1, help="Show at most this many, the newest ones.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show a subscriber's events, newest first: by when they ended, undelivered ones by when they were recorded.

    With `--user-id` or `--lesson-id`, the order and the times are by when they were recorded.

    No body is shown: `lessonhook event ID --show-body` does that. A delivered event is kept for
    LESSONHOOK_DELIVERED_RETENTION_DAYS, an undelivered one for LESSONHOOK_RETENTION_DAYS.
    Ends with 1 if SUBSCRIBER is not known.
    """
    first, last = read_window(since, until)
    # One more than is shown, to know whether there are more.
    events = (
        open_desk()
        .of(subscriber)
        .events(states=state or (), since=first, until=last, learner=user_id, lesson=lesson_id)
    )
    wanted = (event for event in events if (event.late or not late) and past in {None, event.backfill})
    found = list(islice(wanted, limit + 1))
    shown, more = found[:limit], len(found) > limit
    if as_json:
        output.write_json({"events": [event.document() for event in shown], "more": more})
        return
    if not shown:
        output.write_line(f"{subscriber}: no such events")
        return
    output.write_drawn(events_table(shown))
    if more:
        output.write_line(f"There are more; --limit shows more than {limit}.")
