"""`lessonhook event`: one event, and every attempt to deliver it."""

from typing import Annotated

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.options.names import AsJson
from lessonhook.console.views import output
from lessonhook.console.views.event_text import attempts_table, event_lines


def event(
    event_id: Annotated[str, typer.Argument(metavar="ID", help="The event's id, as Flower shows it too.")],
    subscriber: Annotated[
        str | None,
        typer.Option(
            metavar="SUBSCRIBER",
            help="The subscriber that has the event; left out: it is looked for.",
            show_default=False,
        ),
    ] = None,
    show_body: Annotated[
        bool, typer.Option("--show-body", help="Also show what is sent: a learner's name, e-mail and result.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show one event and its attempts: when, how long, how each ended, the start of the response, and which worker.

    Ends with 1 if there is no such event. For a subscriber that was removed, give --subscriber.
    """
    desk = open_desk()
    found = desk.event(event_id) if subscriber is None else desk.of(subscriber).event(event_id)
    owner = desk.of(found.subscriber)
    attempts = owner.attempts(event_id)
    body = owner.body(event_id) if show_body else None
    if as_json:
        document = found.document() | {"attempts": [attempt.document() for attempt in attempts]}
        output.write_json(document | ({"body": body.decode() if body else None} if show_body else {}))
        return
    for line in event_lines(found, attempts):
        output.write_line(line)
    if attempts:
        output.write_line("")
        output.write_drawn(attempts_table(attempts))
    if show_body:
        output.write_line("")
        output.write_line(body.decode() if body else "the body is gone: the event was erased or has expired")
