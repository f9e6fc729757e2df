"""`lessonhook find`: events by what a person knows, over all subscribers."""

from typing import Annotated

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.exits import Complaint
from lessonhook.console.options.names import AsJson
from lessonhook.console.views import output
from lessonhook.console.views.event_text import events_table


def find(
    text: Annotated[
        str, typer.Argument(metavar="ID", help="The id of an event, a learner or a lesson.", show_default=False)
    ],
    subscriber: Annotated[
        str | None,
        typer.Option(metavar="SUBSCRIBER", help="Only this subscriber's.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="NUMBER", min=1, help="Show at most this many, the newest ones.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Find events by the id of the event, of the learner (`user.id`) or of the lesson (`lesson.id`).

    The first four characters of an event's id are enough.

    Ends with 1 if there is none.
    """
    desk = open_desk()
    found = desk.of(subscriber).search(text, limit=limit) if subscriber else desk.search(text, limit=limit)
    if as_json:
        output.write_json({"events": [event.document() for event in found]})
        return
    if not found:
        raise Complaint("no event, learner or lesson of this id is known; it may have passed its retention")
    for name in dict.fromkeys(event.subscriber for event in found):
        output.write_line(name)
        output.write_drawn(events_table([event for event in found if event.subscriber == name]))
