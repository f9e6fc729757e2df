"""One look of `lessonhook watch` as a picture for a terminal."""

from datetime import UTC, datetime
from typing import Final

from rich.console import ConsoleDimensions, Group
from rich.text import Text

from lessonhook.console.views import output
from lessonhook.console.views.lane_table import styled
from lessonhook.desk import Look, longest_wait_first
from lessonhook.desk.words import count, span

NEWS_KEPT: Final = 8
NO_REPLY: Final = "Redis does not reply; trying again"
#: For the header, the heads of the columns, the total and the news.
_LINES_BESIDE_ROWS: Final = 8 + NEWS_KEPT
#: From this width on the last results are shown too.
_WIDE: Final = 100


def picture(look: Look, news: list[str], size: ConsoleDimensions, *, replied: bool = True) -> Group:
    """Draw a look and the news so far, a line a subscriber, for a terminal of this size."""
    ordered = longest_wait_first(look.states)
    shown = ordered[: max(1, size.height - _LINES_BESIDE_ROWS - len(look.unserved))]
    wide = size.width >= _WIDE
    has_past = any(state.backfill for state in shown)
    drawn = output.table(blanks=1)
    drawn.add_column("subscriber")
    drawn.add_column("state", no_wrap=True)
    for name in ("oldest", "window", "in\nflight", "queued", "to\nretry", "held", "in/s", "out/s"):
        drawn.add_column(name, justify="right", no_wrap=True)
    if has_past:
        drawn.add_column("past", justify="right", no_wrap=True)
    if wide:
        drawn.add_column("last result")
    for state in shown:
        rate = look.rates.get(state.subscriber)
        counts = (state.window, state.in_flight, state.queued, state.retrying, state.held)
        cells: tuple[Text | str, ...] = (
            _one_line(state.subscriber),
            styled(state.condition),
            span(state.oldest_undelivered_seconds),
            *map(str, counts),
            f"{rate.recorded:.1f}" if rate else "-",
            f"{rate.delivered:.1f}" if rate else "-",
        )
        if has_past:
            cells += (str(state.backfill),)
        drawn.add_row(*cells, *([_one_line(state.last_words or "-")] if wide else []))
    more = len(ordered) - len(shown)
    tail = [f"and {count(more, 'more subscriber')}"] if more > 0 else []
    head = Text(_head(look) if replied else f"{_now()}  {NO_REPLY}", no_wrap=True, overflow="ellipsis")
    head.stylize("bold" if replied else "bold red")
    alarms = [Text(queue.words, style="bold red") for queue in look.unserved]
    return Group(head, *alarms, Text(), drawn, *(Text(line) for line in [*tail, "", *news]))


def _one_line(text: str) -> Text:
    """Return a cell that is shortened to its column. As an option of the column, that would shorten all others."""
    return Text(text, no_wrap=True, overflow="ellipsis")


def _head(look: Look) -> str:
    paused = sum(state.paused is not None for state in look.states)
    pace = f"{look.total.recorded:.1f} events/s in, {look.total.delivered:.1f} out"
    return f"{_now()}  {len(look.states):,} of interest, {paused:,} paused  {pace}  Ctrl-C ends"


def _now() -> str:
    return f"{datetime.now(UTC):%H:%M:%S} UTC"
