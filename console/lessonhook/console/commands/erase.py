"""`lessonhook erase`: a learner asked to be forgotten."""

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.exits import Complaint
from lessonhook.console.options.names import AsJson, DryRun, Yes
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.views import output
from lessonhook.desk import Erased, LearnerErasure
from lessonhook.desk.words import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lessonhook.ledger import Found, State

#: Events between two lines of progress.
_REPORT_EVERY: Final = 10_000


def erase(
    subscriber: Annotated[str, typer.Option(metavar="SUBSCRIBER", help="The subscriber's name.", show_default=False)],
    user_id: Annotated[
        str,
        typer.Option(metavar="ID", help="The learner's id, the user.id of the completions.", show_default=False),
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Erase a learner from a subscriber's events: held, retrying, in flight, delivered, refused.

    Bodies and responses are removed. Events that were not sent are not sent any more. Ids, states and times stay; they
    name nobody. Then all events are looked at again: it ends with 0 only if nothing of the learner can be read.
    What the endpoint has received is its owner's to erase. Completions that are published later are new.
    """
    erasure = open_desk().of(subscriber).erasure(user_id)
    found = _find(erasure, quiet=as_json)
    before = erasure.count(found)
    if dry_run:
        _report(before, as_json=as_json, erased=False)
        return
    if before.readable and sys.stdin.isatty() and not yes:
        typer.confirm(f"Erase {_counted(before.by_state)} for good?", abort=True)
    done = erasure.erase(found, by=shell_user())
    _report(done, as_json=as_json, erased=True)
    if done.readable:
        raise Complaint(
            f"{count(done.readable, 'event')} of the learner can still be read: they were published meanwhile; "
            "erase again"
        )


def _find(erasure: LearnerErasure, *, quiet: bool) -> "list[Found]":
    found: list[Found] = []
    reported = 0
    for each in erasure.find():
        found.append(each)
        if not quiet and erasure.looked_at - reported >= _REPORT_EVERY:
            reported = erasure.looked_at
            output.err().print(f"looked at {count(reported, 'event')}, {len(found):,} of them the learner's")
    return found


def _report(done: Erased, *, as_json: bool, erased: bool) -> None:
    if as_json:
        output.write_json(done.document())
    elif not done.found:
        output.write_line("no event of a learner with this id is known: nothing to erase, unless the id is another one")
    elif not done.by_state:
        output.write_line(f"{count(done.found, 'event')} of the learner, none of them readable")
    elif not erased:
        output.write_line(f"would erase {_counted(done.by_state)}")
    else:
        output.write_line(
            f"erased {_counted(done.by_state)}; looked again: {done.readable} of {done.found:,} can be read"
        )


def _counted(by_state: "Mapping[State, int]") -> str:
    counts = ", ".join(f"{number:,} {state}" for state, number in by_state.items())
    return f"{count(sum(by_state.values()), 'event')} ({counts})"
