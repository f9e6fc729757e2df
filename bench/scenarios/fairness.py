"""What the healthy feel of the others: from `.delay()` to arrival, while endpoints hang, dawdle, die or are flooded."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from bench.completions import dealt, subscribers
from bench.rows import LESSONHOOK, PLAIN, Row
from bench.sizes import Sizes
from bench.stage import Published, Stage, stage
from bench.statistics import percentile
from bench.trying import tried

SUBSCRIBERS: Final = 100
EVENTS_PER_SECOND: Final = 40
_SLOW_SECONDS: Final = 2.0
_START_SECONDS: Final = 60.0
#: How long what is still under way at the end is waited for.
_PATIENCE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    hanging: int = 0
    slow: int = 0
    #: How many start to hang, all at once, when half of the time is over.
    dying: int = 0
    #: Whether one subscriber publishes a mass assignment at the start.
    mass: bool = False

    @property
    def unhealthy(self) -> int:
        """How many of the subscribers, the first ones, are not looked at."""
        return max(self.hanging, self.slow, self.dying, int(self.mass))


_CASES: Final = (
    _Case("0 hang"),
    _Case("10 hang", hanging=10),
    _Case("30 hang", hanging=30),
    _Case("60 hang", hanging=60),
    _Case("60 take 2 s", slow=60),
    _Case("60 die at once", dying=60),
    _Case("one publishes a mass", mass=True),
)
#: What the plain task is tried with, once: how it ends is not a matter of medians.
_PLAIN_CASES: Final = frozenset({"0 hang", "60 hang"})


def measure(sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Yield the delays of the healthy in each case."""
    for number in range(sizes.timed_runs):
        for case in _CASES:
            rows = (LESSONHOOK, PLAIN) if not number and case.name in _PLAIN_CASES else (LESSONHOOK,)
            for row in rows:
                yield from tried("fairness", case.name, row.name, partial(_run, case, row, sizes))


def _run(case: _Case, row: Row, sizes: Sizes) -> dict[str, float]:
    names = subscribers(SUBSCRIBERS)
    unhealthy = names[: case.unhealthy]
    deadline = str(sizes.deadline_seconds)
    with stage(BENCH_DEADLINE_SECONDS=deadline, LESSONHOOK_REQUEST_DEADLINE_SECONDS=deadline) as parts:
        parts.endpoints.behave(hanging=names[: case.hanging], slow=dict.fromkeys(names[: case.slow], _SLOW_SECONDS))
        worker = parts.worker(row)
        # Everybody had an event before: connections are open, and those that hang have been hanging.
        parts.publishing(row, names, SUBSCRIBERS, prefix="warm").result(_START_SECONDS)
        if not parts.wait_for_arrivals(SUBSCRIBERS, _START_SECONDS, worker):
            raise RuntimeError(f"the first events did not arrive:\n{worker.log_tail()}")
        published = _publish(case, row, parts, sizes)
        owners = dealt(names, len(published.at))
        sent = {
            event_id: at
            for owner, (event_id, at) in zip(owners, published.sent().items(), strict=True)
            if owner not in unhealthy
        }
        return _delays(parts, sent)


def _publish(case: _Case, row: Row, parts: Stage, sizes: Sizes) -> Published:
    """Publish at the pace of the scenario, and let happen meanwhile what the case says."""
    names = subscribers(SUBSCRIBERS)
    count = round(EVENTS_PER_SECOND * sizes.fairness_seconds)
    paced = parts.publishing(row, names, count, rate=EVENTS_PER_SECOND, subscribe=False)
    mass = parts.publishing(row, names[:1], sizes.mass, prefix="mass", subscribe=False) if case.mass else None
    if case.dying:
        time.sleep(sizes.fairness_seconds / 2)  # half of the time is what the case is about
        parts.endpoints.behave(hanging=names[: case.dying])
    published = paced.result(sizes.fairness_seconds + _START_SECONDS)
    if mass:
        mass.result(_START_SECONDS)
    return published


def _delays(parts: Stage, sent: dict[str, float]) -> dict[str, float]:
    """Return the delays; an event that did not arrive counts with the time that it has waited so far."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        arrivals = parts.endpoints.first_arrivals()
        missing = sum(event_id not in arrivals for event_id in sent)
        if not missing or time.monotonic() > until:
            break
        time.sleep(0.5)  # it is a wait for arrivals, with a bound
    now = time.monotonic()
    delays = [arrivals.get(event_id, now) - at for event_id, at in sent.items()]
    return {
        "p50_ms": percentile(delays, 50) * 1000,
        "p99_ms": percentile(delays, 99) * 1000,
        "worst_ms": max(delays) * 1000,
        "arrived": 1 - missing / len(sent),
    }
