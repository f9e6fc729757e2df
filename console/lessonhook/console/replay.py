"""`lessonhook replay`: send stored events again."""

import getpass
import socket
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from lessonhook.console import output
from lessonhook.console.access import known_lane, open_producer
from lessonhook.console.event_json import event_document
from lessonhook.console.exits import ExitCode
from lessonhook.console.moments import Since, Until, read_window
from lessonhook.console.outcome_words import in_words
from lessonhook.console.replay_selection import SENDABLE, Selection, described
from lessonhook.console.replaying import REPLAY, Replayed, Replayer, Result
from lessonhook.console.wording import moment
from lessonhook.ledger import EventView, State
from lessonhook.worker.client import Client

#: More than these are not sent before somebody has said yes to their number.
ASKED_ABOVE: Final = 10
_STATES: Final = f"Only events in this state; may be repeated: {', '.join(SENDABLE)}."


def replay(  # noqa: PLR0917 - each is an option of the command line, and given by name
    event_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Events by their ids.", show_default=False)
    ] = None,
    subscriber: Annotated[str | None, typer.Option(help="Only this one's events.", show_default=False)] = None,
    state: Annotated[list[State] | None, typer.Option(metavar="STATE", help=_STATES)] = None,
    since: Since = None,
    until: Until = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be sent.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help=f"Do not ask; above {ASKED_ABOVE} events it is asked for.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Send stored events again: the same bytes and webhook-id, to the URL and with the credentials of now.

    They go from this machine, one at a time, the oldest completion first, paused or not; the pause stays as it is.
    A held, retrying or refused event that is accepted is delivered by it. After ten failures of a subscriber in a row
    its others are left for later. Ends with 1 if any was not accepted.
    """
    first, last = read_window(since, until)
    selection = Selection(
        event_ids=event_ids or (),
        subscriber=subscriber,
        states=state or (),
        since=first,
        until=last,
    )
    producer = open_producer()
    if subscriber:
        known_lane(producer, subscriber)
    chosen = selection.choose(producer.ledger)
    if dry_run or not chosen:
        _show(chosen, as_json=as_json)
        return
    if len(chosen) > ASKED_ABOVE and not yes:
        _ask(chosen)
    with Client(producer.app.settings) as client:
        results = _send(Replayer(producer, client, by=_by()), chosen, quiet=as_json)
    counts = Counter(result.replayed for result in results)
    if as_json:
        output.write_json({"events": [_document(result) for result in results]})
    else:
        output.say(", ".join(f"{counts[outcome]:,} {outcome}" for outcome in Replayed if counts[outcome]))
    if counts[Replayed.ACCEPTED] < len(chosen):
        raise typer.Exit(ExitCode.NOT_WELL)


def _send(replayer: Replayer, chosen: Sequence[EventView], *, quiet: bool) -> list[Result]:
    results: list[Result] = []
    try:
        for event in chosen:
            results.append(replayer.replay(event))
            if not quiet:
                output.say(f"{len(results)}/{len(chosen)} {_words(results[-1])}")
    except KeyboardInterrupt:
        output.err().print(f"interrupted: {len(results)} of {len(chosen)} were sent or skipped")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    return results


def _words(result: Result) -> str:
    said = in_words(result.outcome) if result.outcome else f"skipped: {result.why}"
    return f"{result.event.subscriber} {result.event.event_id} {said}"


def _document(result: Result) -> dict[str, Any]:
    outcome = result.outcome
    return event_document(result.event) | {
        "replayed": result.replayed,
        "words": in_words(outcome) if outcome else result.why,
        "status": outcome.status if outcome else None,
    }


def _show(chosen: Sequence[EventView], *, as_json: bool) -> None:
    if as_json:
        output.write_json({"events": [event_document(event) | {"replayed": None} for event in chosen]})
        return
    if not chosen:
        output.say("no such events")
        return
    for event in chosen:
        output.say(f"{event.subscriber} {event.event_id} {event.state}, completed {moment(event.completed)}")
    output.say(f"would send {described(chosen)}")


def _ask(chosen: Sequence[EventView]) -> None:
    if not sys.stdin.isatty():
        output.err().print(f"{described(chosen)}: say --yes to send more than {ASKED_ABOVE}, or --dry-run to see them")
        raise typer.Exit(ExitCode.WRONG_USAGE)
    typer.confirm(f"Send {described(chosen)}?", abort=True)


def _by() -> str:
    """Name who sends, for the log of attempts."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        # A container's user may have no name.
        user = "someone"
    return f"{REPLAY} {user}@{socket.gethostname()}"
