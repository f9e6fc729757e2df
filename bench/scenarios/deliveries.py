"""Deliveries a second of worker processes whose endpoints are healthy, and what one delivery costs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from bench.completions import subscribers
from bench.peers.nothing import SECONDS_KEY
from bench.process import Process
from bench.rows import DJANGO, DRAMATIQ, LESSONHOOK, NOTHING, NOTHING_KEPT, OTHER_PYTHONS, PLAIN, SESSION, Row
from bench.sizes import Sizes
from bench.stage import SETTLE_SECONDS, Stage, stage
from bench.trying import tried
from lessonhook.console.processes import wait_until

#: Far more than the slowest row takes.
_PATIENCE_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    rows: tuple[Row, ...]
    #: Whether a backlog waits, or one fresh event for each of many subscribers: nothing to drain in place.
    backlog: bool = True
    events: bool = True
    workers: int = 1
    #: Whether the endpoints are reached by TLS.
    tls: bool = False


_CASES: Final = (
    _Case("backlog", (NOTHING, NOTHING_KEPT, PLAIN, SESSION, DJANGO, LESSONHOOK)),
    _Case("backlog, task events off", (NOTHING, NOTHING_KEPT, PLAIN, DRAMATIQ, LESSONHOOK), events=False),
    _Case("fresh", (PLAIN, SESSION, LESSONHOOK), backlog=False),
    _Case("backlog, two workers", (PLAIN, LESSONHOOK), workers=2),
    _Case("backlog by TLS", (LESSONHOOK,), tls=True),
    *(_Case(f"backlog, Python {version}", (row,)) for version, row in OTHER_PYTHONS.items()),
)


def measure(sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Yield the rate of each case and row, the rows of one run close together in time."""
    for _ in range(sizes.runs):
        for case in _CASES:
            for row in case.rows:
                yield from tried("deliveries", case.name, row.name, partial(_run, case, row, sizes))


def _run(case: _Case, row: Row, sizes: Sizes) -> dict[str, float]:
    count = sizes.backlog if case.backlog else sizes.fresh
    names = subscribers(sizes.backlog_subscribers if case.backlog else sizes.fresh)
    with stage() as parts:
        if case.tls:
            parts.use_tls()
        if not case.backlog:
            return _fresh(parts, row, names, events=case.events)
        parts.publishing(row, names, count).result(_PATIENCE_SECONDS)
        workers = [parts.worker(row, events=case.events, expected=count) for _ in range(case.workers)]
        return _delivered(parts, workers, count) if row.posts else _counted(parts, workers[0], count)


def _fresh(parts: Stage, row: Row, names: list[str], *, events: bool) -> dict[str, float]:
    """Publish one event for each subscriber to a worker that knows them all, and is held still meanwhile."""
    worker = parts.worker(row, events=events)
    parts.publishing(row, names, len(names), prefix="warm").result(_PATIENCE_SECONDS)
    if not parts.wait_for_arrivals(len(names), _PATIENCE_SECONDS, worker):
        raise RuntimeError(f"{parts.endpoints.count()} of {len(names)} arrived:\n{worker.log_tail()}")
    time.sleep(SETTLE_SECONDS)  # the last responses are still being settled and acknowledged
    worker.freeze()
    parts.endpoints.reset()
    parts.publishing(row, names, len(names), subscribe=False).result(_PATIENCE_SECONDS)
    worker.resume()
    return _delivered(parts, [worker], len(names))


def _delivered(parts: Stage, workers: list[Process], count: int) -> dict[str, float]:
    """Return the rate from the first arrival to the last, and the CPU time that a delivery took in each process."""
    if not parts.wait_for_arrivals(1, _PATIENCE_SECONDS, *workers):
        raise RuntimeError(f"nothing arrived:\n{workers[0].log_tail()}")
    before, already = _cpu(parts, workers), parts.endpoints.count()
    if not parts.wait_for_arrivals(count, _PATIENCE_SECONDS, *workers):
        raise RuntimeError(f"{parts.endpoints.count()} of {count} arrived:\n{workers[0].log_tail()}")
    after, times = _cpu(parts, workers), parts.endpoints.times()
    costs = {f"{name}_microseconds": (after[name] - before[name]) / max(1, count - already) * 1e6 for name in before}
    return {
        "per_second": (count - 1) / (times[count - 1] - times[0]),
        "connections": float(parts.endpoints.facts()["connections"]),
        **costs,
    }


def _cpu(parts: Stage, workers: list[Process]) -> dict[str, float]:
    return {
        "worker": sum(worker.cpu_seconds() for worker in workers),
        "server": parts.server.cpu_seconds(),
        "receiver": float(parts.endpoints.facts()["cpu_seconds"]),
    }


def _counted(parts: Stage, worker: Process, count: int) -> dict[str, float]:
    begun = time.monotonic()

    def told() -> bool:
        worker.check()
        return bool(parts.server.client.exists(SECONDS_KEY))

    wait_until(told, _PATIENCE_SECONDS, f"{count} tasks since {begun:.0f}")
    told_seconds: Any = parts.server.client.get(SECONDS_KEY)
    seconds = float(told_seconds)
    return {"per_second": (count - 1) / seconds}
