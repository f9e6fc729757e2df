"""Events and attempts as tables and lines."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

from rich.text import Text

from lessonhook.console.views import output
from lessonhook.console.views.table import Table
from lessonhook.desk import AttemptRecord, EventRecord
from lessonhook.desk.words import count, moment, span
from lessonhook.ledger import REPLAY, State

_STYLES: Final = {
    State.DELIVERED: "green",
    State.REFUSED: "bold red",
    State.EXPIRED: "red",
    State.SUPERSEDED: "dim",
    State.DROPPED: "dim",
    State.RETRYING: "yellow",
    State.HELD: "yellow",
    State.QUEUED: "cyan",
    State.DELIVERING: "cyan",
}
#: The width of a derived id; an id of the LMS's own may be longer than a terminal is wide.
_ID_COLUMNS: Final = len(str(UUID(int=0)))


def events_table(events: Sequence[EventRecord]) -> Table:
    """Draw events, one a row, in their order."""
    drawn = output.table()
    longest = max((len(event.event_id) for event in events), default=0)
    # People copy ids: a derived one stays in one piece, however narrow the terminal is.
    drawn.add_column("event", overflow="fold", width=longest if longest <= _ID_COLUMNS else None)
    drawn.add_column("state", no_wrap=True)
    # Most companies have none.
    has_past = any(event.backfill for event in events)
    if has_past:
        drawn.add_column("past", no_wrap=True)
    drawn.add_column("recorded")
    drawn.add_column("posts", justify="right")
    drawn.add_column("last result", overflow="fold")
    for event in events:
        drawn.add_row(
            event.event_id,
            Text(event.state, style=_STYLES.get(event.state, "")),
            *(["past" if event.backfill else "-"] if has_past else []),
            moment(event.recorded),
            str(event.posts),
            event.last_words or "-",
        )
    return drawn


def event_lines(event: EventRecord, attempts: Sequence[AttemptRecord]) -> Iterator[str]:
    """Yield an event's facts, one a line; `attempts` are those that the ledger still has."""
    facts = {
        "event": event.event_id,
        "subscriber": event.subscriber,
        "state": _state(event),
        "completed": moment(event.completed),
        "recorded": moment(event.recorded),
        "posts": _posts(event, attempts),
    }
    if event.backfill:
        facts["backfill"] = "it tells the past, and each POST says so"
    if event.closed_because:
        facts["because"] = event.closed_because
    if event.erased_by:
        facts["erased by"] = event.erased_by
    width = max(map(len, facts))
    for name, fact in facts.items():
        yield f"{name:<{width}}  {fact}"


def attempts_table(attempts: Iterable[AttemptRecord]) -> Table:
    """Draw attempts, oldest first, with the first bytes of each response."""
    drawn = output.table()
    drawn.add_column("attempt at", no_wrap=True)
    drawn.add_column("took", justify="right")
    drawn.add_column("result", overflow="fold")
    drawn.add_column("response", overflow="fold")
    drawn.add_column("by", overflow="fold")
    for attempt in attempts:
        drawn.add_row(
            moment(attempt.at),
            f"{attempt.seconds:.3f}s",
            Text(attempt.words, style="green" if attempt.accepted else "red"),
            attempt.response or "-",
            attempt.worker or "-",
        )
    return drawn


def _state(event: EventRecord) -> str:
    if event.due:
        return f"{event.state}, due {moment(event.due)}"
    if event.closed:
        waited = span((event.closed - event.recorded).total_seconds())
        return f"{event.state} {moment(event.closed)}, {waited} after it was recorded"
    return str(event.state)


def _posts(event: EventRecord, attempts: Sequence[AttemptRecord]) -> str:
    """Return how often it was posted: by workers, and by people as far as that is known."""
    replays = sum(attempt.worker.startswith(REPLAY) for attempt in attempts)
    settled = event.posts - event.leases_lost - (event.state is State.DELIVERING) + replays
    by_hand = f", and {replays} by hand" if replays else ""
    failed = f"; {event.failed_attempts} failed in the present count" if event.failed_attempts and event.open else ""
    lost = f"; {count(event.leases_lost, 'worker')} lost with it in hand" if event.leases_lost else ""
    kept = f"; the last {len(attempts)} are shown" if 0 < len(attempts) < settled else ""
    return f"{event.posts}{by_hand}{failed}{lost}{kept}"
