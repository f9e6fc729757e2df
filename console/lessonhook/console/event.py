"""`lessonhook event`: one event, and every attempt to deliver it."""

from typing import Annotated

import typer

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.event_json import attempt_documents, event_document
from lessonhook.console.event_text import attempts_table, event_lines
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.ledger import Events, EventView

Owner = Annotated[
    str | None, typer.Option("--subscriber", help="Whose event it is; left out: it is looked for.", show_default=False)
]


def event(
    event_id: Annotated[str, typer.Argument(metavar="ID", help="The event's id, as Flower shows it too.")],
    subscriber: Owner = None,
    show_body: Annotated[
        bool, typer.Option("--show-body", help="Also what is sent: a learner's name, e-mail and result.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Show one event and its attempts: when, how long, how each ended, the first bytes of the answer, and by whom.

    Ends with 1 if there is no such event. One of a subscriber that was removed is found with --subscriber.
    """
    looking = Events(open_producer().ledger)
    found = the_event(looking, event_id, subscriber)
    attempts = looking.attempts(found.subscriber, event_id)
    body = looking.body(found.subscriber, event_id) if show_body else None
    if as_json:
        document = event_document(found) | {"attempts": attempt_documents(attempts)}
        output.write_json(document | ({"body": body.decode() if body else None} if show_body else {}))
        return
    for line in event_lines(found, attempts):
        output.say(line)
    if attempts:
        output.say("")
        output.out().print(attempts_table(attempts))
    if show_body:
        output.say("")
        output.say(body.decode() if body else "the body is gone: the event was erased or has expired")


def the_event(looking: Events, event_id: str, subscriber: str | None) -> EventView:
    """Answer an event; raise a Complaint if there is none, or if several subscribers have one of this id."""
    owners = [subscriber] if subscriber else looking.subscribers_of(event_id)
    if len(owners) > 1:
        named = ", ".join(owners)
        raise Complaint(
            f"several subscribers have an event {event_id}: name one with --subscriber: {named}", ExitCode.WRONG_USAGE
        )
    found = looking.get(owners[0], event_id) if owners else None
    if found is None:
        whose = f" of {subscriber!r}" if subscriber else ""
        raise Complaint(f"there is no event {event_id!r}{whose}; it may have passed its retention")
    return found
