"""What changes between two looks at all lanes: who was paused or resumed, and how fast events come and go."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lessonhook.console.lane_table import Condition, condition
from lessonhook.ledger import LaneStatus, Ledger, Overview


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Events a second between two looks."""

    recorded: float
    delivered: float


@dataclass(frozen=True, slots=True)
class Look:
    """All lanes that are of interest, at one moment."""

    #: Those with something undelivered, a pause or failures; and those that had it at the look before.
    lanes: list[LaneStatus]
    #: By subscriber; none at the first look, and none for a lane that just came into view.
    rates: dict[str, Rate] = field(default_factory=dict)
    #: What happened since the look before, a line each.
    happened: list[str] = field(default_factory=list)

    @property
    def total(self) -> Rate:
        """The sum over the lanes."""
        rates = self.rates.values()
        return Rate(recorded=sum(rate.recorded for rate in rates), delivered=sum(rate.delivered for rate in rates))


class Watch:
    """Looks again and again; what was in view stays for one more look, so that its last delivery is counted."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._overview = Overview(ledger)
        self._before: dict[str, LaneStatus] = {}
        self._looked_at: datetime | None = None

    def look(self) -> Look:
        """Look once."""
        now = datetime.now(UTC)
        names = self._overview.notable(self._ledger.subscribers())
        lanes = [
            lane
            for lane in self._overview.statuses(sorted(names | set(self._before)))
            if lane.subscriber in self._before or condition(lane) is not Condition.WELL
        ]
        seconds = (now - self._looked_at).total_seconds() if self._looked_at else 0.0
        pairs = [(self._before[lane.subscriber], lane) for lane in lanes if lane.subscriber in self._before]
        rates = {lane.subscriber: _rate(before, lane, seconds) for before, lane in pairs if seconds > 0}
        # Of a lane that came into view paused, it is news too, but not at the very first look.
        news = [
            line
            for lane in lanes
            for line in _news(self._before.get(lane.subscriber), lane, first=self._looked_at is None)
        ]
        self._before = {lane.subscriber: lane for lane in lanes if condition(lane) is not Condition.WELL}
        self._looked_at = now
        return Look(lanes, rates, news)


def _rate(before: LaneStatus, now: LaneStatus, seconds: float) -> Rate:
    return Rate(
        recorded=max(0, now.recorded - before.recorded) / seconds,
        delivered=max(0, now.delivered - before.delivered) / seconds,
    )


def _news(before: LaneStatus | None, now: LaneStatus, *, first: bool) -> Iterator[str]:
    was = before.paused if before else None
    if now.paused and not first and (was is None or was.since != now.paused.since):
        yield f"{now.subscriber}: paused: {now.paused.why}"
    if was and not now.paused:
        yield f"{now.subscriber}: resumed"
    if before and now.refused > before.refused:
        yield f"{now.subscriber}: {now.refused - before.refused} refused, the last answer was {now.last_outcome}"
    if before and now.expired > before.expired:
        yield f"{now.subscriber}: {now.expired - before.expired} expired undelivered"
