"""What the benchmark must show, each as a ratio: the promise of speed and of fairness."""

import math
from dataclasses import dataclass

from bench.report.capacity import REDIS_CASES, per_second
from bench.report.figures import NOTHING, Figures, number

_BACKLOG, _FRESH = "backlog", "fresh"
_CALM = "0 hang"
_INTO_BACKLOG, _INTO_FREE = "into a backlog", "into free slots"


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio and the bound that it must keep."""

    text: str
    ratio: float
    bound: float
    #: Whether the bound is the most that the ratio may be, and not the least.
    at_most: bool = False

    @property
    def reached(self) -> str:
        """`yes`, `no`, or a dash where it was not measured."""
        if math.isnan(self.ratio):
            return NOTHING
        return "yes" if (self.ratio <= self.bound if self.at_most else self.ratio >= self.bound) else "**no**"

    def cells(self) -> tuple[str, ...]:
        """Return its row of the table."""
        return (
            self.text,
            f"{'at most' if self.at_most else 'at least'} {self.bound:g}",
            f"**{number(self.ratio, 2)}**",
            self.reached,
        )


def targets(figures: Figures) -> list[Target]:
    """Return all of them, measured or not."""
    off = f"{_BACKLOG}, task events off"
    publish_free = figures.value("publish", _INTO_FREE, "lessonhook", "per_second") / figures.value(
        "publish", _INTO_BACKLOG, "plain", "per_second"
    )
    return [
        Target("deliveries of a backlog, to the plain Celery task", _per(figures, _BACKLOG, "plain"), 6.0),
        Target("the same, task events off", _per(figures, off, "plain"), 6.0),
        Target("deliveries of a backlog, to a Celery task that does nothing", _per(figures, _BACKLOG, "nothing"), 3.0),
        Target("the same, task events off", _per(figures, off, "nothing"), 2.4),
        Target("deliveries of fresh events, to the plain Celery task", _per(figures, _FRESH, "plain"), 2.5),
        Target("`.delay()` into free slots, to the plain task's", publish_free, 2.5),
        Target(
            "`.delay()` into a backlog, to the plain task's",
            figures.ratio("publish", _INTO_BACKLOG, "lessonhook", "plain"),
            4.0,
        ),
        Target(
            "deliveries of a backlog by TLS, to those by plain HTTP",
            figures.value("deliveries", "backlog by TLS", "lessonhook", "per_second")
            / figures.value("deliveries", _BACKLOG, "lessonhook", "per_second"),
            0.75,
        ),
        *(
            Target(f"events a second that one Redis carries, computed, {case}", per_second(figures, case, where), least)
            for (case, where), least in zip(REDIS_CASES, (3_000.0, 4_500.0), strict=True)
        ),
        *_imports(figures),
        *_fairness(figures),
        *_long(figures),
        *_waiting(figures),
        Target("cost of a transition, 100,000 subscribers to 10", _growth(figures, "subscribers"), 1.5, at_most=True),
        Target("cost of a transition, 1,000,000 events held to 1,000", _growth(figures, "held"), 1.5, at_most=True),
    ]


def _per(figures: Figures, case: str, other: str) -> float:
    return figures.ratio("deliveries", case, "lessonhook", other)


def _fairness(figures: Figures) -> list[Target]:
    """Return what the healthy feel in each case, to the case in which all are healthy."""
    cases = figures.cases("fairness")
    calm = figures.value("fairness", _CALM, "lessonhook", "p99_ms")
    arrived = [figures.value("fairness", case, "lessonhook", "arrived") for case in cases]
    return [
        *(
            Target(
                f"healthy p99, {case}, to that of {_CALM}",
                figures.value("fairness", case, "lessonhook", "p99_ms") / calm,
                2.0,
                at_most=True,
            )
            for case in cases
            if case != _CALM
        ),
        Target("share of the healthy that arrived, the least of all cases", min(arrived, default=math.nan), 1.0),
    ]


def _imports(figures: Figures) -> list[Target]:
    """Return how much faster one call is than a loop, and what it costs a neighbour."""
    names = ("loop_per_second", "many_per_second", "alone_p99_ms", "beside_p99_ms", "past_delivered_to_pace")
    loop, many, alone, beside, past = (figures.value("imports", "imports", "lessonhook", name) for name in names)
    return [
        Target("`.delay_many()` of 20,000, to a loop with `.delay()`", many / loop, 10.0),
        Target("neighbour's p99 beside that import, to that alone", beside / alone, 2.0, at_most=True),
        Target("deliveries of the past a second, to `backfill_per_second`", past, 0.9),
    ]


def _long(figures: Figures) -> list[Target]:
    """Return what one that publishes all the time costs others, where it was measured."""
    if "long" not in figures.documents:
        return []
    beside, alone = (figures.value("long", "long", "lessonhook", f"{name}_p99_ms") for name in ("beside", "alone"))
    return [Target("p99 beside one that publishes 1,000 a second, to that alone", beside / alone, 2.0, at_most=True)]


def _waiting(figures: Figures) -> list[Target]:
    """Return what POSTs that wait at once cost others, and the worker."""
    alone, beside, each = (
        figures.value("waiting", "waiting", "lessonhook", name)
        for name in ("alone_p99_ms", "beside_p99_ms", "bytes_each")
    )
    return [
        Target("healthy p99 beside 5,000 waiting POSTs, to that alone", beside / alone, 2.0, at_most=True),
        Target("kB of memory of a waiting POST", each / 1000, 40.0, at_most=True),
    ]


def _growth(figures: Figures, case: str) -> float:
    sizes = figures.rows("growth", case)
    if not sizes:
        return math.nan
    most, least = (figures.value("growth", case, size, "server_microseconds") for size in (sizes[-1], sizes[0]))
    return most / least
