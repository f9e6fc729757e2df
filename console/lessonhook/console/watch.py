"""`lessonhook watch`: the lanes as they change, the longest wait on top."""

import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from redis.exceptions import RedisError
from rich.console import Console, ConsoleDimensions, Group
from rich.live import Live
from rich.text import Text

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.lane_table import condition, longest_wait_first, styled
from lessonhook.console.watching import Look, Watch
from lessonhook.console.wording import count, moment, span
from lessonhook.ledger import LaneStatus

_NEWS_KEPT: Final = 8
#: For the header, the column's heads, the total and the news.
_LINES_BESIDE_LANES: Final = 8 + _NEWS_KEPT
#: Columns from which the last answers are shown, too.
_WIDE: Final = 100
_NO_ANSWER: Final = "Redis does not answer; trying again"


def watch(
    every: Annotated[float, typer.Option(metavar="SECONDS", min=0.2, help="Between two looks.")] = 2.0,
    looks: Annotated[int | None, typer.Option(min=1, help="End after so many; left out: at Ctrl-C.")] = None,
) -> None:
    """Watch the subscribers that have undelivered events, a pause or failures: the longest wait on top.

    At a terminal a table that renews itself; without one, plain lines: each pause, resumption, refused or expired
    event as it happens, and what each lane holds whenever that changed. An outage of Redis is told and waited for.
    Ctrl-C ends it well.
    """
    watched = Watch(open_producer().ledger)
    looked = _looks(watched, every, looks)
    console = output.out()
    try:
        if console.is_terminal:
            _draw(looked, console)
        else:
            _write(looked)
    except KeyboardInterrupt:
        output.err().print("ended")


def _looks(watched: Watch, every: float, looks: int | None) -> Iterator[Look | None]:
    """Look again and again; None where Redis does not answer, unless it did not answer the very first time."""
    made = 0
    while True:
        try:
            look = watched.look()
        except RedisError:
            if not made:
                raise
            look = None
        yield look
        made += 1
        if looks is not None and made >= looks:
            return
        time.sleep(every)


def _draw(looks: Iterator[Look | None], console: Console) -> None:
    with Live(console=console, screen=True, auto_refresh=False) as live:
        news: deque[str] = deque(maxlen=_NEWS_KEPT)
        last: Look | None = None
        for look in looks:
            if look:
                news.extend(_stamped(look))
                last = look
            if last:
                live.update(picture(last, list(news), console.size, answered=look is not None), refresh=True)


def _write(looks: Iterator[Look | None]) -> None:
    written: dict[str, str] = {}
    answered = True
    for look in looks:
        if answered != (look is not None):
            answered = look is not None
            output.say(f"{moment(datetime.now(UTC))} {'Redis answers again' if answered else _NO_ANSWER}")
        if look:
            for line in _stamped(look):
                output.say(line)
            for lane in longest_wait_first(look.lanes):
                facts = _facts(lane)
                if written.get(lane.subscriber) != facts:
                    written[lane.subscriber] = facts
                    output.say(f"{moment(datetime.now(UTC))} {lane.subscriber}: {facts}")


def _facts(lane: LaneStatus) -> str:
    return (
        f"{condition(lane)} in_flight={lane.in_flight} queued={lane.queued} retrying={lane.retrying} "
        f"held={lane.held} refused={lane.refused} delivered={lane.delivered}"
    )


def _stamped(look: Look) -> list[str]:
    return [f"{moment(datetime.now(UTC))} {line}" for line in look.happened]


def picture(look: Look, news: list[str], size: ConsoleDimensions, *, answered: bool = True) -> Group:
    """Draw a look and the news so far, a line a lane, for a terminal of this size; one of 80 columns has no answers."""
    ordered = longest_wait_first(look.lanes)
    shown = ordered[: max(1, size.height - _LINES_BESIDE_LANES)]
    wide = size.width >= _WIDE
    drawn = output.table(blanks=1)
    drawn.add_column("subscriber")
    drawn.add_column("state", no_wrap=True)
    for name in ("oldest", "window", "in\nflight", "queued", "retry-\ning", "held", "in/s", "out/s"):
        drawn.add_column(name, justify="right", no_wrap=True)
    if wide:
        drawn.add_column("last answer")
    for lane in shown:
        rate = look.rates.get(lane.subscriber)
        counts = (lane.window, lane.in_flight, lane.queued, lane.retrying, lane.held)
        cells: tuple[Text | str, ...] = (
            _one_line(lane.subscriber),
            styled(condition(lane)),
            span(lane.oldest_undelivered_seconds),
            *map(str, counts),
            f"{rate.recorded:.1f}" if rate else "-",
            f"{rate.delivered:.1f}" if rate else "-",
        )
        drawn.add_row(*cells, *([_one_line(lane.last_outcome.removeprefix("status: ") or "-")] if wide else []))
    more = len(ordered) - len(shown)
    tail = [f"and {count(more, 'more subscriber')}"] if more > 0 else []
    head = Text(_head(look) if answered else f"{_now()}  {_NO_ANSWER}", no_wrap=True, overflow="ellipsis")
    head.stylize("bold" if answered else "bold red")
    return Group(head, Text(), drawn, *(Text(line) for line in [*tail, "", *news]))


def _one_line(text: str) -> Text:
    """Have a cell shortened to its column; a column that says so itself takes the place of all the others."""
    return Text(text, no_wrap=True, overflow="ellipsis")


def _head(look: Look) -> str:
    paused = sum(lane.paused is not None for lane in look.lanes)
    pace = f"{look.total.recorded:.1f} events/s in, {look.total.delivered:.1f} out"
    return f"{_now()}  {len(look.lanes):,} of interest, {paused:,} paused  {pace}  Ctrl-C ends"


def _now() -> str:
    return f"{datetime.now(UTC):%H:%M:%S} UTC"
