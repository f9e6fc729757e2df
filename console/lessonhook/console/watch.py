"""`lessonhook watch`: the lanes as they change, trouble on top."""

import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.console import Group
from rich.live import Live
from rich.text import Text

from lessonhook.console import output
from lessonhook.console.access import open_producer
from lessonhook.console.lane_table import condition, styled, worst_first
from lessonhook.console.watching import Look, Watch
from lessonhook.console.wording import count, moment, span
from lessonhook.ledger import LaneStatus

_NEWS_KEPT: Final = 8
#: For the header, the column's heads, the total and the news.
_LINES_BESIDE_LANES: Final = 8 + _NEWS_KEPT


def watch(
    every: Annotated[float, typer.Option(metavar="SECONDS", min=0.2, help="Between two looks.")] = 2.0,
    looks: Annotated[int | None, typer.Option(min=1, help="End after so many; left out: at Ctrl-C.")] = None,
) -> None:
    """Watch the subscribers that have undelivered events, a pause or failures: the longest wait on top.

    At a terminal a table that renews itself; without one, plain lines: each pause, resumption, refused or expired
    event as it happens, and what each lane holds whenever that changed. Ctrl-C ends it well.
    """
    watched = Watch(open_producer().ledger)
    console = output.out()
    try:
        if console.is_terminal:
            with Live(console=console, screen=True, auto_refresh=False) as live:
                news: deque[str] = deque(maxlen=_NEWS_KEPT)
                for look in _looks(watched, every, looks):
                    news.extend(_stamped(look))
                    live.update(_picture(look, list(news), console.size.height), refresh=True)
        else:
            _write(_looks(watched, every, looks))
    except KeyboardInterrupt:
        output.err().print("ended")


def _looks(watched: Watch, every: float, looks: int | None) -> Iterator[Look]:
    made = 0
    while True:
        yield watched.look()
        made += 1
        if looks is not None and made >= looks:
            return
        time.sleep(every)


def _write(looks: Iterator[Look]) -> None:
    written: dict[str, str] = {}
    for look in looks:
        for line in _stamped(look):
            output.say(line)
        for lane in worst_first(look.lanes):
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


def _picture(look: Look, news: list[str], height: int) -> Group:
    ordered = worst_first(look.lanes)
    shown = ordered[: max(1, height - _LINES_BESIDE_LANES)]
    drawn = output.table()
    drawn.add_column("subscriber", overflow="fold")
    drawn.add_column("state")
    for name in ("oldest", "window", "in flight", "queued", "retrying", "held", "in/s", "out/s"):
        drawn.add_column(name, justify="right")
    drawn.add_column("last answer", overflow="ellipsis", no_wrap=True)
    for lane in shown:
        rate = look.rates.get(lane.subscriber)
        counts = (lane.window, lane.in_flight, lane.queued, lane.retrying, lane.held)
        drawn.add_row(
            lane.subscriber,
            styled(condition(lane)),
            span(lane.oldest_undelivered_seconds),
            *map(str, counts),
            f"{rate.recorded:.1f}" if rate else "-",
            f"{rate.delivered:.1f}" if rate else "-",
            lane.last_outcome or "-",
        )
    more = len(ordered) - len(shown)
    paused = sum(lane.paused is not None for lane in ordered)
    head = (
        f"{moment(datetime.now(UTC))}   {count(len(ordered), 'subscriber')} of interest, {paused} paused   "
        f"{look.total.recorded:.1f} events/s in, {look.total.delivered:.1f} out   Ctrl-C ends"
    )
    tail = [f"and {count(more, 'more subscriber')}"] if more > 0 else []
    return Group(Text(head, style="bold"), Text(), drawn, *(Text(line) for line in [*tail, "", *news]))
