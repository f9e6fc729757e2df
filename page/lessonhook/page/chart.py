"""The picture of the last days: delivered, late and failed completions, drawn in SVG without a script."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lessonhook.ledger import Counts

DAYS: Final = 14
_HEIGHT: Final = 100.0
_STEP: Final = 20.0
_WIDTH: Final = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One part of a day's column, in the units of the picture."""

    kind: str
    x: float
    y: float
    height: float
    width: float = _WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day, as the table beside the picture has it."""

    day: date
    #: Delivered within a minute.
    delivered: int
    late: int
    #: Refused or expired.
    failed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.delivered + self.late + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The picture and its table."""

    days: list[Day]
    bars: list[Bar]

    @classmethod
    def draw(cls, counted: "Mapping[date, Counts]", today: date) -> "Chart":
        """Draw the days until today; a day without counts is empty."""
        days = [_day(today - timedelta(days=back), counted) for back in reversed(range(DAYS))]
        highest = max([1, *(day.total for day in days)])
        bars = [bar for number, day in enumerate(days) for bar in _column(number, day, highest)]
        return cls(days=days, bars=bars)


def _day(day: date, counted: "Mapping[date, Counts]") -> Day:
    counts = counted.get(day)
    if counts is None:
        return Day(day=day, delivered=0, late=0, failed=0)
    late = min(counts.late, counts.delivered)
    return Day(day=day, delivered=counts.delivered - late, late=late, failed=counts.refused + counts.expired)


def _column(number: int, day: Day, highest: int) -> list[Bar]:
    bars, top = [], _HEIGHT
    for kind, count in (("delivered", day.delivered), ("late", day.late), ("failed", day.failed)):
        if count:
            # Never thinner than can be seen.
            height = max(2.0, count / highest * _HEIGHT)
            top -= height
            bars.append(Bar(kind=kind, x=number * _STEP, y=round(max(top, 0.0), 2), height=round(height, 2)))
    return bars
