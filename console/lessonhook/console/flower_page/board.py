"""All subscribers in the order in which they need attention, for any number of open pages at the price of one."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lessonhook.console.lane_table import Condition, condition, worst_first
from lessonhook.ledger import Overview

if TYPE_CHECKING:
    from lessonhook.ledger import LaneStatus, Ledger

#: However many look, Redis is asked for the order no more often.
FRESH_SECONDS: Final = 2.0
#: Where asking takes long, since thousands are in trouble at once, it takes at most a tenth of the time.
_SHARE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over all subscribers."""

    subscribers: int
    paused: int
    #: Failing, or told to wait, or without their subscription.
    failing: int
    #: Events.
    undelivered: int
    oldest_undelivered_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the subscribers, in order."""

    totals: Totals
    #: Subscribers whose names fit the search.
    fitting: int
    lanes: "list[LaneStatus]"


@dataclass(frozen=True, slots=True)
class _Snapshot:
    fresh_until: float
    names: list[str]
    totals: Totals


class Board:
    """Keeps the order for a moment; a page's own lanes are always read anew. Threads may share it."""

    def __init__(self, ledger: "Ledger", clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._overview = Overview(ledger)
        self._clock = clock
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None

    def page(self, search: str, start: int, length: int) -> Page:
        """Answer those whose names contain `search`, whatever the case, from the `start`th on, at most `length`."""
        snapshot = self._current()
        sought = search.casefold()
        fitting = [name for name in snapshot.names if sought in name.casefold()]
        lanes = self._overview.statuses(fitting[start : start + length])
        return Page(totals=snapshot.totals, fitting=len(fitting), lanes=lanes)

    def _current(self) -> _Snapshot:
        # One thread asks; the others wait for its answer instead of asking the same.
        with self._lock:
            if self._snapshot is None or self._clock() >= self._snapshot.fresh_until:
                self._snapshot = self._look()
            return self._snapshot

    def _look(self) -> _Snapshot:
        began = self._clock()
        everyone = self._ledger.subscribers()
        notable = self._overview.notable(everyone)
        lanes = worst_first(self._overview.statuses(notable))
        ordered = [lane.subscriber for lane in lanes]
        # The rest is at rest, and by name.
        ordered += [name for name in everyone if name not in notable]
        took = self._clock() - began
        fresh_until = began + max(FRESH_SECONDS, _SHARE * took)
        return _Snapshot(fresh_until, ordered, _totals(lanes, len(ordered)))


def _totals(lanes: "list[LaneStatus]", subscribers: int) -> Totals:
    conditions = Counter(condition(lane) for lane in lanes)
    ages = [lane.oldest_undelivered_seconds for lane in lanes if lane.oldest_undelivered_seconds is not None]
    return Totals(
        subscribers=subscribers,
        paused=conditions[Condition.PAUSED],
        failing=conditions[Condition.FAILING] + conditions[Condition.WAITING] + conditions[Condition.REMOVED],
        undelivered=sum(lane.undelivered for lane in lanes),
        oldest_undelivered_seconds=max(ages, default=None),
    )
