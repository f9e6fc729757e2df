"""Subscribers as a table: the worst first, in ten columns that fit 80, and below them why one is in trouble."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console, Group
from rich.text import Text

from lessonhook.console.views import output
from lessonhook.desk import Condition, SubscriberState, worst_first
from lessonhook.desk.words import span

#: The columns of a terminal that shows every figure.
_WIDTH: Final = 80
#: At 80 columns a longer name takes a second line.
_LONG_NAME: Final = 13
_COLUMNS: Final = ("oldest", "window", "in\nflight", "queued", "to\nretry", "held", "refused", "delivered")
_FEW_COLUMNS: Final = ("oldest", "undelivered")
_SHORT: Final = {Condition.NO_WORKER: "no worker"}
STYLES: Final = {
    Condition.PAUSED: "bold red",
    Condition.REMOVED: "red",
    Condition.NO_WORKER: "bold red",
    Condition.FAILING: "yellow",
    Condition.WAITING: "yellow",
    Condition.TO_FETCH: "cyan",
    Condition.QUIET: "yellow",
    Condition.SENDING: "cyan",
    Condition.WELL: "green",
}


def styled(condition: Condition) -> Text:
    """Return a condition's name in its colour, short enough for a column."""
    return Text(_SHORT.get(condition, condition), style=STYLES[condition])


#: The heads of the columns, a blank line and the totals.
_LINES_OF_A_SCREEN: Final = 7
#: What the totals take beyond that on a narrow terminal.
_LINES_OF_NARROW_TOTALS: Final = 4


def lanes_on(states: Sequence[SubscriberState], console: Console, *, lines_beside: int) -> list[SubscriberState]:
    """Return as many of the first subscribers as fit on the screen, with a row and perhaps a reason for each."""
    narrow = _LINES_OF_NARROW_TOTALS if console.size.width < _WIDTH else 0
    room = console.size.height - _LINES_OF_A_SCREEN - narrow - lines_beside
    fitting: list[SubscriberState] = []
    for state in states:
        why = _reason(state)
        reason = f"{state.subscriber}: {why}" if why else ""
        room -= 1 + -(-len(reason) // console.size.width) + (len(state.subscriber) > _LONG_NAME)
        if room < 0 and fitting:
            break
        fitting.append(state)
    return fitting


def lanes_table(states: Iterable[SubscriberState], *, width: int = _WIDTH) -> Group:
    """Draw the subscribers, the worst first, and a line for each that is in trouble.

    On a terminal that is too narrow for all columns, what is undelivered stands in one.
    """
    ordered = worst_first(states)
    drawn = output.table(blanks=1)
    drawn.add_column("subscriber", overflow="fold")
    drawn.add_column("state", no_wrap=True)
    for name in _COLUMNS if width >= _WIDTH else _FEW_COLUMNS:
        drawn.add_column(name, justify="right", no_wrap=True)
    # Made once each, because the table may have 10,000 rows. So are the lines below it, in one text.
    conditions = {condition: styled(condition) for condition in Condition}
    for state in ordered:
        counts: tuple[int, ...] = (state.undelivered,)
        if width >= _WIDTH:
            counts = (state.window, state.in_flight, state.queued, state.retrying, state.held, state.refused)
            counts += (state.delivered,)
        cells = [span(state.oldest_undelivered_seconds), *map(str, counts)]
        drawn.add_row(state.subscriber, conditions[state.condition], *cells)
    reasons = [f"{state.subscriber}: {reason}" for state in ordered if (reason := _reason(state))]
    return Group(drawn, Text("\n".join(["", *reasons]))) if reasons else Group(drawn)


def _reason(state: SubscriberState) -> str:
    # The table has no column for the last result.
    last = f", the last: {state.last_words}" if state.condition is Condition.FAILING else ""
    # Who is paused has a past that waits as well, and an age that is not that of the past.
    past, reason = state.past_words, state.reason
    return "; ".join(part for part in (f"{reason}{last}", "" if past in reason else past) if part)
