"""One subscriber publishes at a pace for ten minutes, on one worker: what the others feel, beside it and alone."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from bench.completions import subscribers
from bench.rows import LESSONHOOK
from bench.sizes import Sizes
from bench.stage import Stage, stage
from bench.statistics import percentile
from bench.trying import tried

CASE: Final = "long"
_VENDOR: Final = "company-large"
_VENDORS_PER_SECOND: Final = 1_000
_OTHERS: Final = 50
_OTHERS_PER_SECOND: Final = 20
_START_SECONDS: Final = 60.0
#: From the last `.delay()` to when all of the others should have arrived, generously.
_PATIENCE_SECONDS: Final = 10.0
#: Otherwise ten minutes of delivered events would stay in memory.
_KEPT_DAYS: Final = 0.001


def measure(sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Yield what was felt; once, because it takes its time."""
    yield from tried("long", CASE, LESSONHOOK.name, partial(_run, sizes))


def _run(sizes: Sizes) -> dict[str, float]:
    others = subscribers(_OTHERS)
    with stage(LESSONHOOK_DELIVERED_RETENTION_DAYS=str(_KEPT_DAYS)) as parts:
        worker = parts.worker(LESSONHOOK)
        everybody = [*others, _VENDOR]
        parts.publishing(LESSONHOOK, everybody, len(everybody), prefix="warm").result(_START_SECONDS)
        if not parts.wait_for_arrivals(len(everybody), _START_SECONDS, worker):
            raise RuntimeError(f"the first events did not arrive:\n{worker.log_tail()}")
        alone = _delays(parts, others, "alone", sizes.long_alone_seconds)
        memory = worker.memory_bytes()
        vendor = parts.publishing(
            LESSONHOOK,
            [_VENDOR],
            round(_VENDORS_PER_SECOND * sizes.long_seconds),
            prefix="vendor",
            rate=_VENDORS_PER_SECOND,
            subscribe=False,
        )
        beside = _delays(parts, others, "beside", sizes.long_seconds)
        delivered = sum(event_id.startswith("vendor-") for event_id in parts.endpoints.first_arrivals())
        grown = worker.memory_bytes() - memory
        vendor.kill()
    return {
        "minutes": sizes.long_seconds / 60,
        "delivered": float(delivered),
        "alone_p50_ms": percentile(alone, 50) * 1000,
        "alone_p99_ms": percentile(alone, 99) * 1000,
        "beside_p50_ms": percentile(beside, 50) * 1000,
        "beside_p99_ms": percentile(beside, 99) * 1000,
        "worker_megabytes_grown": grown / 1e6,
    }


def _delays(parts: Stage, others: list[str], prefix: str, seconds: float) -> list[float]:
    """Publish to the others for a while; return the delays, of what did not arrive the time that it waited."""
    count = round(_OTHERS_PER_SECOND * seconds)
    publishing = parts.publishing(LESSONHOOK, others, count, prefix=prefix, rate=_OTHERS_PER_SECOND, subscribe=False)
    sent = publishing.result(seconds + _START_SECONDS).sent()
    until = time.monotonic() + _PATIENCE_SECONDS
    while not sent.keys() <= (arrivals := parts.endpoints.first_arrivals()).keys() and time.monotonic() < until:
        time.sleep(0.5)  # it is a wait for arrivals, with a bound
    now = time.monotonic()
    return [arrivals.get(event_id, now) - at for event_id, at in sent.items()]
