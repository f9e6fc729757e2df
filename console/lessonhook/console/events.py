"""`lessonhook events`: a subscriber's events, newest first."""

from itertools import islice
from typing import Annotated, Final

import typer

from lessonhook.console import output
from lessonhook.console.access import known_lane, open_producer
from lessonhook.console.event_json import event_document
from lessonhook.console.event_text import events_table
from lessonhook.console.moments import Since, Until, read_window
from lessonhook.ledger import Events, State

_STATES: Final = f"Only events in this state; may be repeated: {', '.join(State)}."


def events(  # noqa: PLR0917 - each is an option of the command line, and given by name
    subscriber: Annotated[str, typer.Argument(help="The subscriber's name.", show_default=False)],
    state: Annotated[list[State] | None, typer.Option(metavar="STATE", help=_STATES)] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest ones.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Show a subscriber's events, newest first: by when they ended, undelivered ones by when they were recorded.

    No body is shown: `lessonhook event ID --show-body` does that. A delivered event is kept for
    LESSONHOOK_DELIVERED_RETENTION_DAYS, an undelivered one for LESSONHOOK_RETENTION_DAYS.
    Ends with 1 if SUBSCRIBER is not known.
    """
    first, last = read_window(since, until)
    producer = open_producer()
    known_lane(producer, subscriber)
    # One more than is shown, to tell whether there are more.
    found = list(islice(Events(producer.ledger).of(subscriber, states=state or (), since=first, until=last), limit + 1))
    shown, more = found[:limit], len(found) > limit
    if as_json:
        output.write_json({"events": [event_document(event) for event in shown], "more": more})
        return
    if not shown:
        output.say(f"{subscriber}: no such events")
        return
    output.out().print(events_table(shown))
    if more:
        output.say(f"There are more; --limit shows more than {limit}.")
