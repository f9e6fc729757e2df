"""All subscribers in the order in which they need attention; any number of open pages costs what one costs."""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import Field

from lessonhook.config import Settings
from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.desk.views.certificates import Certificates
from lessonhook.desk.views.document import Document
from lessonhook.desk.views.quiet import QuietLms, QuietNow, QuietSubscriber
from lessonhook.desk.views.state import Condition, SubscriberState, attention, condition_of, waits_for_worker
from lessonhook.desk.views.workers import UnservedQueue, unserved_names, unserved_queues

if TYPE_CHECKING:
    from lessonhook.ledger import LaneStatus, Ledger

#: Redis is asked for the order at most once in this time, however many pages are open.
FRESH_SECONDS: Final = 2.0
#: When client certificates end is read at most once in this time: they are warned of for 30 days.
_ENDS_FRESH_SECONDS: Final = 60.0
#: If it takes long to read the order, because thousands are in trouble, that takes at most a tenth of the time.
_SHARE: Final = 10


def _waiting(lane: "LaneStatus") -> float:
    # By the moment itself: ages are read one after the other, so close ones would change places at each look.
    return -lane.oldest_undelivered.timestamp() if lane.oldest_undelivered else -math.inf


class Totals(Document):
    """Sums over all subscribers."""

    subscribers: int
    paused: int
    #: Failing, asked to wait, or without their subscription.
    failing: int
    #: Events.
    undelivered: int
    #: Of these: those that tell the past. The oldest one is that of the others.
    backfill: int = 0
    oldest_undelivered_seconds: float | None
    #: Subscribers in each condition.
    by_condition: dict[Condition, int]
    #: None unless nothing is published any more, for any subscriber.
    lms_quiet: QuietLms | None = None
    #: The queues that no worker takes from.
    unserved: list[UnservedQueue] = Field(default_factory=list)
    #: How many client certificates there are, and which have ended or end within 30 days.
    certificates: Certificates = Field(default_factory=Certificates)


class BoardOrder(StrEnum):
    """By what the subscribers are sorted. Those that are equal keep the order in which they need attention."""

    SUBSCRIBER = "subscriber"
    #: The worst first.
    STATE = "state"
    #: How long the oldest undelivered event waits.
    OLDEST = "oldest"
    #: Events being posted, or queued for it.
    GOING = "going"
    RETRYING = "retrying"
    HELD = "held"
    REFUSED = "refused"


class BoardPage(Document):
    """Some of the subscribers, in order."""

    totals: Totals
    #: Subscribers whose names contain the searched text.
    matching: int
    states: list[SubscriberState]


#: What is compared, of a subscriber that needs attention.
_VALUES: "Final[dict[BoardOrder, Callable[[LaneStatus], float]]]" = {
    BoardOrder.OLDEST: _waiting,
    BoardOrder.GOING: lambda lane: lane.in_flight + lane.queued,
    BoardOrder.RETRYING: lambda lane: lane.retrying,
    BoardOrder.HELD: lambda lane: lane.held,
    BoardOrder.REFUSED: lambda lane: lane.refused,
}


class _Notable(NamedTuple):
    """A lane that needs attention, as far as the order and the sums need it: most are never shown."""

    lane: "LaneStatus"
    condition: Condition


@dataclass(frozen=True, slots=True)
class _Snapshot:
    fresh_until: float
    names: list[str]
    #: Those that need attention; of all others nothing waits, and nothing was set aside.
    notable: Mapping[str, _Notable]
    totals: Totals
    quiet: Mapping[str, QuietSubscriber]
    #: When client certificates end, in seconds since 1970, by subscriber.
    certificate_ends: Mapping[str, int]

    def condition(self, name: str) -> Condition:
        """Return the condition of a subscriber."""
        return self.notable[name].condition if name in self.notable else Condition.WELL


@redis_errors_named
class Board:
    """Keeps the order for a moment, and reads a page's own lanes anew each time. Threads may share it."""

    def __init__(
        self, ledger: "Ledger", clock: Callable[[], float] = time.monotonic, settings: Settings | None = None
    ) -> None:
        self._ledger = ledger
        self._settings = settings or Settings()
        self._clock = clock
        self._lock = threading.Lock()
        self._snapshot: _Snapshot | None = None
        self._certificate_ends: Mapping[str, int] = {}
        self._ends_fresh_until = -math.inf

    def page(
        self,
        search: str,
        start: int,
        length: int | None,
        conditions: Collection[Condition] = (),
        *,
        order: BoardOrder = BoardOrder.STATE,
        descending: bool = False,
    ) -> BoardPage:
        """Return the subscribers whose names contain `search`, in any case: from the `start`th on, at most `length`.

        With `conditions`, only those in one of these.
        """
        snapshot, just_read = self._current()
        sought = search.casefold()
        matching = [name for name in snapshot.names if sought in name.casefold()]
        if conditions:
            matching = [name for name in matching if snapshot.condition(name) in conditions]
        matching = _in_order(matching, snapshot.notable, order, descending=descending)
        end = None if length is None else start + length
        shown = matching[start:end]
        read = self._ledger.lanes.statuses(name for name in shown if name not in just_read)
        others = {lane.subscriber: lane for lane in read}
        queues = unserved_names(snapshot.totals.unserved)
        quiet, ends = snapshot.quiet, snapshot.certificate_ends
        states = [
            SubscriberState.of(
                just_read[name].lane if name in just_read else others[name], queues, quiet.get(name), ends.get(name)
            )
            for name in shown
        ]
        return BoardPage(totals=snapshot.totals, matching=len(matching), states=states)

    def _current(self) -> tuple[_Snapshot, Mapping[str, _Notable]]:
        """Return the order, and the lanes that were read for it by this call; none if the order was kept."""
        # One thread asks Redis; the others wait for its result, because they would ask the same.
        with self._lock:
            if self._snapshot is not None and self._clock() < self._snapshot.fresh_until:
                return self._snapshot, {}
            self._snapshot = self._look()
            return self._snapshot, self._snapshot.notable

    def _look(self) -> _Snapshot:
        began = self._clock()
        everyone = self._ledger.lanes.subscribers()
        silences = QuietNow.read(self._ledger)
        ends = self._ends()
        certificates = Certificates.of(ends)
        ending = {each.subscriber for each in certificates.ending}
        by_the_way = silences.subscribers.keys() | ending
        notable = self._ledger.lanes.notable() | (by_the_way & set(everyone))
        unserved = unserved_queues(self._ledger, self._settings)
        queues = unserved_names(unserved)
        noted = [
            _Notable(lane, _condition(lane, queues, silences.subscribers))
            for lane in self._ledger.lanes.statuses(notable)
        ]
        noted.sort(
            key=lambda each: attention(each.lane, each.condition, has_ending_certificate=each.lane.subscriber in ending)
        )
        ordered = [each.lane.subscriber for each in noted]
        # The others need no attention, and follow by name.
        ordered += [name for name in everyone if name not in notable]
        duration = self._clock() - began
        fresh_until = began + max(FRESH_SECONDS, _SHARE * duration)
        by_name = {each.lane.subscriber: each for each in noted}
        totals = _totals(noted, len(ordered), unserved, silences.lms, certificates)
        return _Snapshot(fresh_until, ordered, by_name, totals, silences.subscribers, ends)

    def _ends(self) -> Mapping[str, int]:
        """Return when client certificates end. To open thousands of subscriptions costs more than to read the order."""
        began = self._clock()
        if began >= self._ends_fresh_until:
            self._certificate_ends = self._ledger.subscriptions.certificate_ends()
            self._ends_fresh_until = began + max(_ENDS_FRESH_SECONDS, _SHARE * (self._clock() - began))
        return self._certificate_ends


def _condition(lane: "LaneStatus", unserved: Collection[str], quiet: Mapping[str, QuietSubscriber]) -> Condition:
    waits = waits_for_worker(lane, unserved)
    return condition_of(lane, waits_for_worker=waits, is_quiet=lane.subscriber in quiet)


def _in_order(names: list[str], notable: Mapping[str, _Notable], order: BoardOrder, *, descending: bool) -> list[str]:
    """Return names, given worst first, in another order."""
    if order is BoardOrder.STATE:
        return names[::-1] if descending else names
    if order is BoardOrder.SUBSCRIBER:
        return sorted(names, reverse=descending)
    value = _VALUES[order]
    nothing = -math.inf if order is BoardOrder.OLDEST else 0

    def of(name: str) -> float:
        found = notable.get(name)
        return nothing if found is None else value(found.lane)

    return sorted(names, key=of, reverse=descending)


def _totals(
    noted: list[_Notable],
    subscribers: int,
    unserved: list[UnservedQueue],
    lms_quiet: QuietLms | None,
    certificates: Certificates,
) -> Totals:
    conditions = Counter(each.condition for each in noted)
    # Those that were not read need no attention.
    conditions[Condition.WELL] += subscribers - len(noted)
    lanes = [each.lane for each in noted]
    ages = [lane.oldest_undelivered_seconds for lane in lanes if lane.oldest_undelivered_seconds is not None]
    return Totals(
        subscribers=subscribers,
        paused=conditions[Condition.PAUSED],
        failing=conditions[Condition.FAILING] + conditions[Condition.WAITING] + conditions[Condition.REMOVED],
        undelivered=sum(lane.undelivered for lane in lanes),
        backfill=sum(lane.backfill for lane in lanes),
        oldest_undelivered_seconds=max(ages, default=None),
        by_condition={each: conditions[each] for each in Condition},
        lms_quiet=lms_quiet,
        unserved=unserved,
        certificates=certificates,
    )
