"""`.delay()` a second, and how long one call takes, with no worker running."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from bench.completions import subscribers
from bench.rows import DRAMATIQ, LESSONHOOK, NOTHING, PLAIN, Row
from bench.sizes import Sizes
from bench.stage import SETTLE_SECONDS, Stage, stage
from bench.statistics import percentile
from bench.trying import tried

_PATIENCE_SECONDS: Final = 120.0
_BACKLOG, _FREE = "into a backlog", "into free slots"
_CASES: Final = (
    (_BACKLOG, PLAIN),
    (_BACKLOG, NOTHING),
    (_BACKLOG, DRAMATIQ),
    (_BACKLOG, LESSONHOOK),
    (_FREE, LESSONHOOK),
)


def measure(sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Yield the figures of each row; to the others a backlog and free slots are the same."""
    for _ in range(sizes.short_runs):
        for case, row in _CASES:
            yield from tried("publish", case, row.name, partial(_run, case, row, sizes))


def _deliver_once(parts: Stage, row: Row, names: list[str]) -> None:
    """Deliver one event for each subscriber: no lane is new, and each has a slot free."""
    with parts.worker(row) as worker:
        parts.publishing(row, names, len(names), prefix="warm").result(_PATIENCE_SECONDS)
        if not parts.wait_for_arrivals(len(names), _PATIENCE_SECONDS, worker):
            raise RuntimeError(f"{parts.endpoints.count()} of {len(names)} arrived:\n{worker.log_tail()}")
        time.sleep(SETTLE_SECONDS)  # the last responses are still being settled


def _run(case: str, row: Row, sizes: Sizes) -> dict[str, float]:
    names = subscribers(sizes.backlog_subscribers if case == _BACKLOG else sizes.publishes)
    with stage() as parts:
        if case == _FREE:
            _deliver_once(parts, row, names)
        before = parts.server.cpu_seconds()
        published = parts.publishing(row, names, sizes.publishes, subscribe=case != _FREE).result(_PATIENCE_SECONDS)
        server = parts.server.cpu_seconds() - before
    return {
        "per_second": len(published.at) / published.seconds,
        "p50_ms": percentile(published.took, 50) * 1000,
        "p99_ms": percentile(published.took, 99) * 1000,
        "server_microseconds": server / len(published.at) * 1e6,
    }
