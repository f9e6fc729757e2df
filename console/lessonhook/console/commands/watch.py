"""`lessonhook watch`: the subscribers as they change, the longest wait first."""

import signal
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from lessonhook.console.access import open_desk_in_any_case
from lessonhook.console.exits import explanation
from lessonhook.console.views import output
from lessonhook.console.views.watch_picture import NEWS_KEPT, NO_REPLY, picture
from lessonhook.desk import LedgerUnavailable, Look, SubscriberState, Watch, longest_wait_first
from lessonhook.desk.words import moment


def watch(
    every: Annotated[float, typer.Option(metavar="SECONDS", min=0.2, help="Time between two looks.")] = 2.0,
    looks: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=1, help="End after this many looks; left out: at Ctrl-C.")
    ] = None,
) -> None:
    """Watch the subscribers that have undelivered events, a pause or failures: the longest wait first.

    At a terminal it is a table that renews itself. Otherwise it is plain lines: each pause, resumption, refused or
    expired event as it happens, and a subscriber's counts whenever they change. If Redis does not reply, at the
    start too, a line says so, and the watch goes on. Ctrl-C and SIGTERM end it: 0.
    """
    console = output.out()
    try:
        # `timeout` and supervisors end a watch by it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        looked = _looks(open_desk_in_any_case().watch(), every, looks)
        if console.is_terminal:
            _draw(looked, console)
        else:
            _write(looked)
    except KeyboardInterrupt:
        output.err().print("ended")


def _looks(watched: Watch, every: float, looks: int | None) -> Iterator[Look | None]:
    """Look again and again; yield None if Redis does not reply. Raise if it replied to none of all `looks`."""
    made, replied = 0, False
    while True:
        try:
            look = watched.look()
            replied = True
        except LedgerUnavailable as error:
            look = None
            if not made:
                # Why, once, because a wrong password or address ends by no waiting.
                output.err().print(explanation(error.__cause__ or error))
            if made + 1 == looks and not replied:
                raise
        yield look
        made += 1
        if looks is not None and made >= looks:
            return
        time.sleep(every)  # the time between two looks is what the option --every asks for


def _draw(looks: Iterator[Look | None], console: Console) -> None:
    with Live(console=console, screen=True, auto_refresh=False) as live:
        news: deque[str] = deque(maxlen=NEWS_KEPT)
        last: Look | None = None
        for look in looks:
            if look:
                news.extend(_stamped(look))
                last = look
            if last is None:
                live.update(Text(NO_REPLY, style="bold red"), refresh=True)
            else:
                live.update(picture(last, list(news), console.size, replied=look is not None), refresh=True)


def _write(looks: Iterator[Look | None]) -> None:
    written: dict[str, str] = {}
    replied = True
    alarmed: set[str] = set()
    for look in looks:
        if replied != (look is not None):
            replied = look is not None
            output.write_line(f"{moment(datetime.now(UTC))} {'Redis replies again' if replied else NO_REPLY}")
        if look:
            # Many in one call, because each call flushes, and 10,000 subscribers may have changed.
            output.write_many((*_alarms(look, alarmed), *_stamped(look), *_changes(look, written)))
            alarmed = {each.queue for each in look.unserved}


def _changes(look: Look, written: dict[str, str]) -> Iterator[str]:
    """Yield a line for each subscriber whose facts are not those that were written last, and note them."""
    now = moment(datetime.now(UTC))
    for state in longest_wait_first(look.states):
        facts = _facts(state)
        if written.get(state.subscriber) != facts:
            written[state.subscriber] = facts
            yield f"{now} {state.subscriber}: {facts}"


def _alarms(look: Look, before: set[str]) -> list[str]:
    """Return a line for each queue that has lost its workers since the look before, or has one again."""
    now = {each.queue for each in look.unserved}
    lines = [each.words for each in look.unserved if each.queue not in before]
    lines += [f"a worker takes from {queue} again" for queue in sorted(before - now)]
    return _dated(lines)


def _facts(state: SubscriberState) -> str:
    return (
        f"{state.condition} in_flight={state.in_flight} queued={state.queued} retrying={state.retrying} "
        f"held={state.held} refused={state.refused} delivered={state.delivered}"
        + (f" backfill={state.backfill}" if state.backfill else "")
    )


def _stamped(look: Look) -> list[str]:
    return _dated(look.happened)


def _dated(lines: Sequence[str]) -> list[str]:
    now = moment(datetime.now(UTC))
    return [f"{now} {line}" for line in lines]
