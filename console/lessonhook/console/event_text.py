"""Events and attempts for people: a line each, and below an event all that was tried."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

from rich.table import Table
from rich.text import Text

from lessonhook.console import output
from lessonhook.console.replaying import REPLAY
from lessonhook.console.wording import count, moment, span
from lessonhook.ledger import Attempt, EventView, State

_STYLES: Final = {
    State.DELIVERED: "green",
    State.REFUSED: "bold red",
    State.EXPIRED: "red",
    State.RETRYING: "yellow",
    State.HELD: "yellow",
    State.QUEUED: "cyan",
    State.DELIVERING: "cyan",
}
#: Of an id that was derived; the LMS's own may be longer than a terminal is wide.
_ID_COLUMNS: Final = len(str(UUID(int=0)))


def events_table(events: Sequence[EventView]) -> Table:
    """Draw events, one a row, in their order."""
    drawn = output.table()
    longest = max((len(event.event_id) for event in events), default=0)
    # An id is there to be copied: one of ours stays in one piece, however narrow the terminal is.
    drawn.add_column("event", overflow="fold", width=longest if longest <= _ID_COLUMNS else None)
    drawn.add_column("state", no_wrap=True)
    drawn.add_column("recorded")
    drawn.add_column("posts", justify="right")
    drawn.add_column("last answer", overflow="fold")
    for event in events:
        drawn.add_row(
            event.event_id,
            Text(event.state, style=_STYLES.get(event.state, "")),
            moment(event.recorded),
            str(event.posts),
            said(event.last) if event.last else "-",
        )
    return drawn


def said(attempt: Attempt) -> str:
    """Say how an attempt ended, `200`, `503: the endpoint is not available now` or `timeout: no answer within 15 s`."""
    if attempt.status is not None:
        doubt = f", unconfirmed: {attempt.unconfirmed}" if attempt.unconfirmed else ""
        return f"{attempt.detail or attempt.status}{doubt}"
    return f"{attempt.reason}: {attempt.detail}" if attempt.detail else attempt.reason


def event_lines(event: EventView, attempts: Sequence[Attempt]) -> Iterator[str]:
    """Yield an event's facts, one a line; `attempts` are those that are still known."""
    facts = {
        "event": event.event_id,
        "subscriber": event.subscriber,
        "state": _state(event),
        "completed": moment(event.completed),
        "recorded": moment(event.recorded),
        "posts": _posts(event, attempts),
    }
    width = max(map(len, facts))
    for name, fact in facts.items():
        yield f"{name:<{width}}  {fact}"


def attempts_table(attempts: Iterable[Attempt]) -> Table:
    """Draw attempts, oldest first, with the first bytes of each answer."""
    drawn = output.table()
    drawn.add_column("attempt at", no_wrap=True)
    drawn.add_column("took", justify="right")
    drawn.add_column("result", overflow="fold")
    drawn.add_column("answer", overflow="fold")
    drawn.add_column("by", overflow="fold")
    for attempt in attempts:
        drawn.add_row(
            moment(attempt.at),
            f"{attempt.seconds:.3f}s",
            Text(said(attempt), style="green" if attempt.kind == "accepted" else "red"),
            attempt.answer or "-",
            attempt.worker or "-",
        )
    return drawn


def _state(event: EventView) -> str:
    if event.due:
        return f"{event.state}, due {moment(event.due)}"
    if event.closed:
        waited = span((event.closed - event.recorded).total_seconds())
        return f"{event.state} {moment(event.closed)}, {waited} after it was recorded"
    return str(event.state)


def _posts(event: EventView, attempts: Sequence[Attempt]) -> str:
    """Say how often it was posted: by workers, and by people as far as that is known."""
    replays = sum(attempt.worker.startswith(REPLAY) for attempt in attempts)
    answered = event.posts - event.leases_lost - (event.state is State.DELIVERING) + replays
    by_hand = f", and {replays} by hand" if replays else ""
    failed = f"; {event.failed_attempts} failed in the present count" if event.failed_attempts and event.open else ""
    lost = f"; {count(event.leases_lost, 'worker')} lost with it in hand" if event.leases_lost else ""
    kept = f"; the last {len(attempts)} are shown" if 0 < len(attempts) < answered else ""
    return f"{event.posts}{by_hand}{failed}{lost}{kept}"
