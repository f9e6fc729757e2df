"""Thousands of POSTs that wait at once in one worker process: what a healthy subscriber feels, and what each costs."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from bench.completions import subscribers
from bench.process import Process
from bench.rows import LESSONHOOK
from bench.sizes import Sizes
from bench.stage import Stage, stage
from bench.statistics import percentile
from bench.trying import tried

CASE: Final = "waiting"
_EVENTS_PER_SECOND: Final = 20
_START_SECONDS: Final = 120.0
#: What the endpoints take, and the deadline: none responds before the healthy were looked at.
_SLOW_SECONDS: Final = 150.0
_DEADLINE_SECONDS: Final = 180.0
#: From the last `.delay()` to when all of the healthy should have arrived, generously.
_PATIENCE_SECONDS: Final = 10.0


def measure(sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Yield what was felt alone and beside the waiting POSTs, in one and the same process."""
    for _ in range(sizes.timed_runs):
        yield from tried("waiting", CASE, LESSONHOOK.name, partial(_run, sizes))


def _run(sizes: Sizes) -> dict[str, float]:
    *slow, healthy = subscribers(sizes.waiting + 1)
    with stage(LESSONHOOK_REQUEST_DEADLINE_SECONDS=str(_DEADLINE_SECONDS)) as parts:
        worker = parts.worker(LESSONHOOK)
        # Everybody was quick before: endpoints that were never posted to have few of the places aside.
        parts.publishing(LESSONHOOK, [healthy, *slow], len(slow) + 1, prefix="warm").result(_START_SECONDS)
        parts.wait_for_arrivals(len(slow) + 1, _START_SECONDS, worker)
        parts.endpoints.behave(slow=dict.fromkeys(slow, _SLOW_SECONDS))
        alone, before = delays(parts, healthy, "alone", sizes), worker.memory_bytes()
        waiting = _fill(parts, worker, slow)
        beside = delays(parts, healthy, "beside", sizes)
        return {
            "waiting": waiting,
            "bytes_each": (worker.memory_bytes() - before) / waiting,
            "alone_p50_ms": percentile(alone, 50) * 1000,
            "alone_p99_ms": percentile(alone, 99) * 1000,
            "beside_p50_ms": percentile(beside, 50) * 1000,
            "beside_p99_ms": percentile(beside, 99) * 1000,
        }


def _fill(parts: Stage, worker: Process, slow: list[str]) -> int:
    """Have one POST wait at each slow endpoint, and return how many do."""
    before = parts.endpoints.count()
    parts.publishing(LESSONHOOK, slow, len(slow), prefix="slow", subscribe=False).result(_START_SECONDS)
    parts.wait_for_arrivals(before + len(slow), _START_SECONDS, worker)
    return parts.endpoints.count() - before


def delays(parts: Stage, healthy: str, prefix: str, sizes: Sizes) -> list[float]:
    """Publish to the healthy one for a while; return the delays, of what did not arrive the time that it waited."""
    count = round(_EVENTS_PER_SECOND * sizes.fairness_seconds)
    publishing = parts.publishing(LESSONHOOK, [healthy], count, rate=_EVENTS_PER_SECOND, prefix=prefix)
    sent = publishing.result(sizes.fairness_seconds + _START_SECONDS).sent()
    until = time.monotonic() + _PATIENCE_SECONDS
    while not sent.keys() <= (arrivals := parts.endpoints.first_arrivals()).keys() and time.monotonic() < until:
        time.sleep(0.5)  # it is a wait for arrivals, with a bound
    now = time.monotonic()
    return [arrivals.get(event_id, now) - at for event_id, at in sent.items()]
