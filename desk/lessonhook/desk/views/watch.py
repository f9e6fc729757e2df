"""What changes between two looks at all subscribers: who was paused or resumed, and how fast events come and go."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lessonhook.config import Settings
from lessonhook.desk.redis_errors import redis_errors_named
from lessonhook.desk.views.state import Condition, SubscriberState
from lessonhook.desk.views.workers import UnservedQueue, unserved_names, unserved_queues
from lessonhook.desk.words import count

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Events a second between two looks."""

    recorded: float
    delivered: float


@dataclass(frozen=True, slots=True)
class Look:
    """All subscribers that are of interest, at one moment."""

    #: Those with an undelivered event, a pause or failures, and those that had one at the look before.
    states: list[SubscriberState]
    #: By subscriber; empty at the first look, and without a subscriber that just came into view.
    rates: dict[str, Rate] = field(default_factory=dict)
    #: What happened since the look before, a line each.
    happened: list[str] = field(default_factory=list)
    #: The queues that no worker takes from.
    unserved: list[UnservedQueue] = field(default_factory=list)

    @property
    def total(self) -> Rate:
        """The sum over the subscribers."""
        rates = self.rates.values()
        return Rate(recorded=sum(rate.recorded for rate in rates), delivered=sum(rate.delivered for rate in rates))


@redis_errors_named
class Watch:
    """Looks again and again. A subscriber stays in view for one more look, so that its last delivery is counted."""

    def __init__(self, ledger: "Ledger", settings: Settings | None = None) -> None:
        self._ledger = ledger
        self._settings = settings or Settings()
        self._before: dict[str, SubscriberState] = {}
        self._looked_at: datetime | None = None

    def look(self) -> Look:
        """Look once. Raises `LedgerUnavailable`; the next look compares with the last one that succeeded."""
        now = datetime.now(UTC)
        names = self._ledger.lanes.notable()
        unserved = unserved_queues(self._ledger, self._settings)
        queues = unserved_names(unserved)
        lanes = self._ledger.lanes.statuses(sorted(names | set(self._before)))
        states = [
            state
            for state in (SubscriberState.of(lane, queues) for lane in lanes)
            if state.subscriber in self._before or state.condition is not Condition.WELL
        ]
        seconds = (now - self._looked_at).total_seconds() if self._looked_at else 0.0
        pairs = [(self._before[state.subscriber], state) for state in states if state.subscriber in self._before]
        rates = {state.subscriber: _rate(before, state, seconds) for before, state in pairs if seconds > 0}
        # A subscriber that comes into view paused is news too, but not at the very first look.
        news = [
            line
            for state in states
            for line in _news(self._before.get(state.subscriber), state, first=self._looked_at is None)
        ]
        self._before = {state.subscriber: state for state in states if state.condition is not Condition.WELL}
        self._looked_at = now
        return Look(states, rates, news, unserved)


def _rate(before: SubscriberState, now: SubscriberState, seconds: float) -> Rate:
    return Rate(
        recorded=max(0, now.recorded - before.recorded) / seconds,
        delivered=max(0, now.delivered - before.delivered) / seconds,
    )


def _news(before: SubscriberState | None, now: SubscriberState, *, first: bool) -> Iterator[str]:
    was = before.paused if before else None
    if now.paused and not first and (was is None or was.since != now.paused.since):
        yield f"{now.subscriber}: paused: {now.paused.words}"
    if was and not now.paused:
        yield f"{now.subscriber}: resumed"
    if before and now.refused > before.refused:
        yield f"{now.subscriber}: {now.refused - before.refused} refused, the last result was {now.last_words}"
    if before:
        yield from _news_of_the_past(before, now)
    if before and now.expired > before.expired:
        yield f"{now.subscriber}: {now.expired - before.expired} expired undelivered"


def _news_of_the_past(before: SubscriberState, now: SubscriberState) -> Iterator[str]:
    if now.backfill_stopped and not before.backfill_stopped:
        yield f"{now.subscriber}: backfill stopped; {count(now.backfill, 'completion')} of the past undelivered"
    if before.backfill_stopped and not now.backfill_stopped:
        yield f"{now.subscriber}: backfill goes on; {count(now.backfill, 'completion')} of the past undelivered"
    if before.backfill and not now.backfill:
        yield f"{now.subscriber}: backfill at its end; nothing of the past is undelivered"
