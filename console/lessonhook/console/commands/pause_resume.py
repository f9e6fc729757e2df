"""`lessonhook pause` and `lessonhook resume`."""

from typing import Annotated

import typer

from lessonhook.console.access import open_desk
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.options.moments import read_moment
from lessonhook.console.options.names import DryRun, Subscriber
from lessonhook.console.options.shell_user import shell_user
from lessonhook.console.views import output
from lessonhook.desk import Condition, Desk, SubscriberState
from lessonhook.desk.words import count, moment
from lessonhook.ledger import AN_OPERATOR


def pause(subscriber: Subscriber) -> None:
    """Send a subscriber nothing more until `resume`. Completions that are published meanwhile are held.

    A fresh event lifts the pause that follows used-up attempts, but not this one.
    """
    before = open_desk().of(subscriber).pause(by=shell_user())
    flying = f"; {count(before.in_flight, 'POST')} in flight will still end" if before.in_flight else ""
    output.write_line(f"{subscriber}: paused by an operator until `lessonhook resume {subscriber}`{flying}")


def resume(
    subscriber: Annotated[
        str | None, typer.Argument(metavar="SUBSCRIBER", help="The subscriber's name.", show_default=False)
    ] = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="All that used-up attempts paused; needs --paused-since.")
    ] = False,
    paused_since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="Only those paused then or later: a time in UTC such as 2026-03-01T12:00, or how long ago: 2h.",
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Lift a subscriber's pause, whether an operator or used-up attempts set it; or those of many after an outage.

    After used-up attempts the oldest undelivered event is sent first, alone; if it is accepted, the others follow.
    With --all an operator's pauses stay. Ends with 1 if SUBSCRIBER is not known.

    Example: lessonhook resume --all --paused-since 2h --dry-run
    """
    since = read_moment(paused_since, "--paused-since")
    if (subscriber is None) is not everyone:
        raise Complaint("name one subscriber, or give --all and --paused-since", ExitCode.WRONG_USAGE)
    desk = open_desk()
    if subscriber is not None:
        if since:
            raise Complaint("--paused-since belongs to --all", ExitCode.WRONG_USAGE)
        _resume_one(desk, subscriber, dry_run=dry_run)
        return
    if since is None:
        raise Complaint(
            "--all needs --paused-since: who was paused before the outage stays paused", ExitCode.WRONG_USAGE
        )
    resumed = 0
    for state in _paused(desk):
        if state.paused and state.paused.since >= since and state.paused.reason != AN_OPERATOR:
            _resume_one(desk, state.subscriber, dry_run=dry_run)
            resumed += 1
    output.write_line(f"{count(resumed, 'subscriber')} {'would be ' if dry_run else ''}resumed")


def _paused(desk: Desk) -> list[SubscriberState]:
    return desk.board.page("", 0, None, [Condition.PAUSED]).states


def _resume_one(desk: Desk, subscriber: str, *, dry_run: bool) -> None:
    one = desk.of(subscriber)
    before = one.state() if dry_run else one.resume(by=shell_user())
    if before.paused is None:
        output.write_line(f"{subscriber}: was not paused")
        return
    output.write_line(
        f"{subscriber}: {'would be resumed' if dry_run else 'resumed'}, was paused {moment(before.paused.since)}: "
        f"{before.paused.words}; {count(before.held, 'event')} held until now"
    )
