"""One endpoint is down with thousands of events behind it: what that costs, and how it ends when it is back."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from bench.completions import subscribers
from bench.process import Process
from bench.rows import LESSONHOOK, PLAIN, Row
from bench.sizes import Sizes
from bench.stage import Stage, stage
from bench.statistics import percentile
from bench.trying import tried

_VICTIM: Final = "company-down"
_OTHERS: Final = 20
_OTHERS_PER_SECOND: Final = 20
#: In place of the five minutes.
_RETRY_DELAY_SECONDS: Final = 0.5
_START_SECONDS: Final = 60.0
_DRAIN_SECONDS: Final = 120.0
#: A dead endpoint that saw nothing for so long is left alone.
_QUIET_SECONDS: Final = 2.0


def measure(sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Yield what lessonhook and the plain task do."""
    for _ in range(sizes.timed_runs):
        yield from tried("outage", "outage", LESSONHOOK.name, partial(_lessonhook, sizes))
    yield from tried("outage", "outage", PLAIN.name, partial(_plain, sizes))


def _lessonhook(sizes: Sizes) -> dict[str, float]:
    with stage(LESSONHOOK_RETRY_DELAY_SECONDS=str(_RETRY_DELAY_SECONDS)) as parts:
        worker, others = _warm(parts, LESSONHOOK)
        found = _fall_behind(parts, worker, LESSONHOOK, sizes.outage)
        _wait_until_quiet(parts)
        found["posts_to_the_dead"] = float(parts.endpoints.facts()["posts_to_failing"].get(_VICTIM, 0))
        found |= _recover(parts, worker, others, sizes.outage)
        found["bytes_a_delivered_event"] = (parts.server.memory_bytes_used() - found.pop("memory")) / sizes.outage
    return found


def _plain(sizes: Sizes) -> dict[str, float]:
    """Let the plain task fail once for each event; all of them then wait in the worker for their five minutes."""
    with stage() as parts:
        worker, _ = _warm(parts, PLAIN)
        found = _fall_behind(parts, worker, PLAIN, sizes.outage_plain)
        found.pop("memory")
        found["posts_to_the_dead"] = float(parts.endpoints.facts()["posts_to_failing"].get(_VICTIM, 0))
    return found


def _warm(parts: Stage, row: Row) -> tuple[Process, list[str]]:
    others = subscribers(_OTHERS)
    names = [*others, _VICTIM]
    worker = parts.worker(row)
    parts.publishing(row, names, len(names), prefix="warm").result(_START_SECONDS)
    if not parts.wait_for_arrivals(len(names), _START_SECONDS, worker):
        raise RuntimeError(f"the first events did not arrive:\n{worker.log_tail()}")
    parts.endpoints.reset()
    return worker, others


def _fall_behind(parts: Stage, worker: Process, row: Row, count: int) -> dict[str, float]:
    """Publish to the endpoint that is down, and return what each event takes in Redis and in the worker."""
    parts.endpoints.behave(down=[_VICTIM])
    resident, memory = worker.memory_bytes(), parts.server.memory_bytes_used()
    parts.publishing(row, [_VICTIM], count, prefix="held", subscribe=False).result(_DRAIN_SECONDS)
    if row is PLAIN and not parts.wait_for_arrivals(count, _DRAIN_SECONDS, worker):
        raise RuntimeError(f"{parts.endpoints.count()} of {count} were tried:\n{worker.log_tail()}")
    return {
        "events": float(count),
        "bytes_an_event": (parts.server.memory_bytes_used() - memory) / count,
        "worker_bytes_an_event": (worker.memory_bytes() - resident) / count,
        "memory": float(memory),
    }


def _wait_until_quiet(parts: Stage) -> None:
    until = time.monotonic() + _START_SECONDS
    seen, since = parts.endpoints.count(), time.monotonic()
    while time.monotonic() < until and time.monotonic() - since < _QUIET_SECONDS:
        time.sleep(0.1)  # silence can only be waited for
        if (count := parts.endpoints.count()) != seen:
            seen, since = count, time.monotonic()


def _recover(parts: Stage, worker: Process, others: list[str], count: int) -> dict[str, float]:
    """Bring the endpoint back, publish one fresh event, and follow the drain while others go on."""
    parts.endpoints.reset()
    pace = parts.publishing(
        LESSONHOOK, others, _OTHERS_PER_SECOND * 8, prefix="other", rate=_OTHERS_PER_SECOND, subscribe=False
    )
    fresh = parts.publishing(LESSONHOOK, [_VICTIM], 1, prefix="fresh", subscribe=False).result(_START_SECONDS)
    paced = pace.result(_START_SECONDS)
    if not parts.wait_for_arrivals(count + 1 + len(paced.at), _DRAIN_SECONDS, worker):
        raise RuntimeError(f"{parts.endpoints.count()} arrived after the recovery:\n{worker.log_tail()}")
    arrivals = parts.endpoints.first_arrivals()
    drained = max(at for event_id, at in arrivals.items() if event_id.startswith("held-"))
    delays = [arrivals[event_id] - at for event_id, at in paced.sent().items() if at <= drained]
    return {
        "drain_seconds": drained - fresh.at[0],
        "others_p99_ms": percentile(delays, 99) * 1000,
    }
