"""`lessonhook replay`: send stored events again."""

from typing import Annotated, Final

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.commands import sending
from lessonhook.console.options.moments import Since, Until, read_window
from lessonhook.console.options.names import AsJson, DryRun, SendYes
from lessonhook.desk import SENDABLE, Selection
from lessonhook.ledger import State

_STATES: Final = f"Only events in this state; may be repeated: {', '.join(SENDABLE)}."


def replay(  # noqa: PLR0917 - each is an option of the command line, and given by name
    event_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Events by their ids.", show_default=False)
    ] = None,
    subscriber: Annotated[
        str | None,
        typer.Option(metavar="SUBSCRIBER", help="Only this subscriber's events.", show_default=False),
    ] = None,
    state: Annotated[list[State] | None, typer.Option(metavar="STATE", help=_STATES)] = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    yes: SendYes = False,
    as_json: AsJson = False,
) -> None:
    """Send stored events again: the same bytes and webhook-id, to the present URL with the present credentials.

    They are sent from this machine, one at a time, the oldest completion first, paused or not; a pause stays as it is.
    A held, retrying or refused event that is accepted counts as delivered. After ten failures of a subscriber in a row
    its other events are skipped. Ends with 1 if any event was not accepted.
    """
    first, last = read_window(since, until)
    selection = Selection(
        event_ids=event_ids or (),
        subscriber=subscriber,
        states=state or (),
        since=first,
        until=last,
    )
    desk = open_desk()
    if dry_run and as_json:
        sending.preview(desk.find(selection), as_json=True)
        return
    if dry_run:
        sending.preview_in_words(desk.glances(selection))
        return
    chosen = desk.choose(selection)
    sending.send(desk, chosen, yes=yes, as_json=as_json)
