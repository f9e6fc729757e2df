"""`lessonhook erase`: a learner asked to be forgotten."""

import sys
from typing import Annotated, Final

import typer

from lessonhook.console import output
from lessonhook.console.access import known_lane, open_producer
from lessonhook.console.exits import Complaint
from lessonhook.console.wording import count
from lessonhook.ledger import publish
from lessonhook.ledger.erasure import Erasure, Found, by_state
from lessonhook.producer import Producer

#: Events between two signs of progress.
_REPORT_EVERY: Final = 10_000


def erase(
    subscriber: Annotated[str, typer.Option(help="Whose events.", show_default=False)],
    user_id: Annotated[str, typer.Option(help="The learner's id, as it is in user.id.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be erased.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; nothing is asked without a terminal.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Erase a learner from a subscriber's events: held, retrying, in flight, delivered, refused.

    Bodies and answers are removed; what was not sent is not sent any more. An event's id, state and times stay, which
    name nobody. Then all events are looked at once more: it ends with 0 only if nothing of the learner can be read.
    What the endpoint has been sent already is its owner's to erase, and completions that are published later are new.
    """
    producer = open_producer()
    known_lane(producer, subscriber)
    erasure = Erasure(producer.ledger, subscriber, user_id)
    found = _look(erasure, quiet=as_json)
    readable = [each for each in found if each.readable]
    if dry_run:
        _report(found, readable, left=len(readable), as_json=as_json, erased=False)
        return
    if readable and sys.stdin.isatty() and not yes:
        typer.confirm(f"Erase {_counted(readable)} for good?", abort=True)
    _erase(producer, erasure, readable)
    left = erasure.left()
    _report(found, readable, left=left, as_json=as_json, erased=True)
    if left:
        raise Complaint(
            f"{count(left, 'event')} of the learner can still be read: they were published meanwhile; erase again"
        )


def _look(erasure: Erasure, *, quiet: bool) -> list[Found]:
    found: list[Found] = []
    reported = 0
    for each in erasure.find():
        found.append(each)
        if not quiet and erasure.looked_at - reported >= _REPORT_EVERY:
            reported = erasure.looked_at
            output.err().print(f"looked at {count(reported, 'event')}, {len(found):,} of them the learner's")
    return found


def _erase(producer: Producer, erasure: Erasure, readable: list[Found]) -> None:
    for each in readable:
        publish(producer.app, erasure.erase(each))


def _report(found: list[Found], readable: list[Found], *, left: int, as_json: bool, erased: bool) -> None:
    if as_json:
        output.write_json(
            {
                "found": len(found),
                "erased": len(readable) if erased else 0,
                "by_state": by_state(readable),
                "readable": left,
            }
        )
        return
    if not found:
        output.say("no event of a learner with this id is known: nothing to erase, unless the id is another one")
    elif not readable:
        output.say(f"{count(len(found), 'event')} of the learner, none of them readable")
    elif not erased:
        output.say(f"would erase {_counted(readable)}")
    else:
        output.say(f"erased {_counted(readable)}; looked again: {left} of {len(found):,} can be read")


def _counted(found: list[Found]) -> str:
    counts = ", ".join(f"{number:,} {state}" for state, number in by_state(found).items())
    return f"{count(len(found), 'event')} ({counts})"
