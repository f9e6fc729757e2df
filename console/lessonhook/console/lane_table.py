"""Lanes for people: trouble on top, in ten columns that fit 80, and below them why a lane is in trouble."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from lessonhook.console import output
from lessonhook.console.wording import ago, moment, span
from lessonhook.ledger import LaneStatus


class Condition(StrEnum):
    """How a lane is, worst first."""

    PAUSED = "paused"
    #: Nothing goes: the subscription was removed while events waited.
    REMOVED = "removed"
    FAILING = "failing"
    #: Told by `Retry-After` to come later.
    WAITING = "waiting"
    SENDING = "sending"
    WELL = "well"


_STYLES: Final = {
    Condition.PAUSED: "bold red",
    Condition.REMOVED: "red",
    Condition.FAILING: "yellow",
    Condition.WAITING: "yellow",
    Condition.SENDING: "cyan",
    Condition.WELL: "green",
}
_WORST_FIRST: Final = list(Condition)


def undelivered(lane: LaneStatus) -> int:
    """Answer how many events are on their way or waiting; refused ones are set aside and do not count."""
    return lane.in_flight + lane.queued + lane.retrying + lane.held


def condition(lane: LaneStatus) -> Condition:
    """Answer how a lane is; of several, the worst."""
    if lane.paused:
        return Condition.PAUSED
    if not lane.subscribed and undelivered(lane):
        return Condition.REMOVED
    if lane.failures_in_a_row:
        return Condition.FAILING
    if lane.waiting_until:
        return Condition.WAITING
    return Condition.SENDING if undelivered(lane) else Condition.WELL


def styled(state: Condition) -> Text:
    """Answer a condition's name in its colour."""
    return Text(state, style=_STYLES[state])


def worst_first(lanes: Iterable[LaneStatus]) -> list[LaneStatus]:
    """Sort lanes by condition, then by how long the oldest event waits, then by refused events, then by name."""
    return sorted(
        lanes,
        key=lambda lane: (
            _WORST_FIRST.index(condition(lane)),
            -(lane.oldest_undelivered_seconds or 0.0),
            -lane.refused,
            lane.subscriber,
        ),
    )


def longest_wait_first(lanes: Iterable[LaneStatus]) -> list[LaneStatus]:
    """Sort lanes by how long the oldest event waits, and those in which none waits by trouble."""
    return sorted(worst_first(lanes), key=lambda lane: -(lane.oldest_undelivered_seconds or 0.0))


def lanes_table(lanes: Iterable[LaneStatus]) -> Group:
    """Draw the lanes, worst first, and a line for each that is in trouble."""
    ordered = worst_first(lanes)
    drawn = output.table(blanks=1)
    drawn.add_column("subscriber", overflow="fold")
    drawn.add_column("state")
    for name in ("oldest", "window", "in\nflight", "queued", "retry-\ning", "held", "re-\nfused", "deliv-\nered"):
        drawn.add_column(name, justify="right")
    for lane in ordered:
        _add(drawn, lane)
    return Group(drawn, *(Text(line) for line in _reasons(ordered)))


def _add(drawn: Table, lane: LaneStatus) -> None:
    counts = (lane.window, lane.in_flight, lane.queued, lane.retrying, lane.held, lane.refused, lane.delivered)
    drawn.add_row(
        lane.subscriber,
        styled(condition(lane)),
        span(lane.oldest_undelivered_seconds),
        *(str(number) for number in counts),
    )


def _reasons(lanes: list[LaneStatus]) -> Iterator[str]:
    lines = [line for lane in lanes if (line := _reason(lane))]
    if lines:
        yield ""
    yield from lines


def _reason(lane: LaneStatus) -> str | None:
    state = condition(lane)
    if lane.paused:
        return f"{lane.subscriber}: paused {ago(lane.paused.since)}, {moment(lane.paused.since)}: {lane.paused.why}"
    if state is Condition.REMOVED:
        return f"{lane.subscriber}: the subscription was removed; what it holds goes on when it is put again"
    if state is Condition.FAILING:
        return f"{lane.subscriber}: {lane.failures_in_a_row} failed in a row, the last: {lane.last_outcome}"
    if lane.waiting_until:
        return f"{lane.subscriber}: waits until {moment(lane.waiting_until)}, as the endpoint asked"
    if lane.unconfirmed:
        return f"{lane.subscriber}: {lane.unconfirmed} delivered and not confirmed by their answers"
    return None
