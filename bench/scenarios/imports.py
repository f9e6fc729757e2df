"""An import: `.delay_many()` beside a loop with `.delay()`, what a neighbour feels of it, and the pace of the past."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from bench.rows import LESSONHOOK
from bench.scenarios.waiting import delays
from bench.sizes import Sizes
from bench.stage import stage
from bench.statistics import percentile
from bench.trying import tried
from lessonhook.config import Settings

CASE: Final = "imports"
_IMPORTER: Final = "company-large"
_HEALTHY: Final = "company-healthy"
_WARM: Final = 50
_PATIENCE_SECONDS: Final = 120.0


def measure(sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Yield each pace without a worker, the neighbour's delays alone and beside an import, and that of the past."""
    for _ in range(sizes.timed_runs):
        yield from tried("imports", CASE, LESSONHOOK.name, partial(_run, sizes))


def _run(sizes: Sizes) -> dict[str, float]:
    return _pace(sizes) | _felt(sizes) | _past(sizes)


def _pace(sizes: Sizes) -> dict[str, float]:
    with stage() as parts:
        warm = parts.publishing(LESSONHOOK, [_IMPORTER], _WARM, prefix="warm")
        warm.result(_PATIENCE_SECONDS)
        loop = parts.publishing(LESSONHOOK, [_IMPORTER], sizes.publishes, prefix="loop", subscribe=False)
        seconds = loop.result(_PATIENCE_SECONDS).seconds
        before = parts.server.cpu_seconds()
        many = parts.publishing(LESSONHOOK, [_IMPORTER], sizes.mass, prefix="many", subscribe=False, many=True)
        many_seconds = many.result(_PATIENCE_SECONDS).seconds
        server = parts.server.cpu_seconds() - before
        past = parts.publishing(
            LESSONHOOK, [_IMPORTER], sizes.mass, prefix="past", subscribe=False, many=True, past=True
        )
        past_seconds = past.result(_PATIENCE_SECONDS).seconds
    return {
        "loop_per_second": sizes.publishes / seconds,
        "many_per_second": sizes.mass / many_seconds,
        "past_per_second": sizes.mass / past_seconds,
        "server_microseconds": server / sizes.mass * 1e6,
    }


def _felt(sizes: Sizes) -> dict[str, float]:
    with stage() as parts:
        worker = parts.worker(LESSONHOOK)
        everybody = [_IMPORTER, _HEALTHY]
        parts.publishing(LESSONHOOK, everybody, _WARM, prefix="warm").result(_PATIENCE_SECONDS)
        if not parts.wait_for_arrivals(_WARM, _PATIENCE_SECONDS, worker):
            raise RuntimeError(f"the first events did not arrive:\n{worker.log_tail()}")
        alone = delays(parts, _HEALTHY, "alone", sizes)
        many = parts.publishing(LESSONHOOK, [_IMPORTER], sizes.mass, prefix="many", subscribe=False, many=True)
        beside = delays(parts, _HEALTHY, "beside", sizes)
        many.result(_PATIENCE_SECONDS)
    return {
        "alone_p50_ms": percentile(alone, 50) * 1000,
        "alone_p99_ms": percentile(alone, 99) * 1000,
        "beside_p50_ms": percentile(beside, 50) * 1000,
        "beside_p99_ms": percentile(beside, 99) * 1000,
    }


def _past(sizes: Sizes) -> dict[str, float]:
    """Return how many completions of the past are delivered in a second, by the pace of a new installation."""
    with stage() as parts:
        worker = parts.worker(LESSONHOOK)
        parts.publishing(LESSONHOOK, [_IMPORTER], _WARM, prefix="warm").result(_PATIENCE_SECONDS)
        if not parts.wait_for_arrivals(_WARM, _PATIENCE_SECONDS, worker):
            raise RuntimeError(f"the first events did not arrive:\n{worker.log_tail()}")
        pace = Settings.model_fields["backfill_per_second"].default
        count = round(pace * sizes.fairness_seconds)
        past = parts.publishing(LESSONHOOK, [_IMPORTER], count, prefix="past", subscribe=False, many=True, past=True)
        past.result(_PATIENCE_SECONDS)
        parts.wait_for_arrivals(_WARM + count, _PATIENCE_SECONDS, worker)
        arrived = sorted(at for event, at in parts.endpoints.first_arrivals().items() if event.startswith("past-"))
    delivered = (len(arrived) - 1) / (arrived[-1] - arrived[0]) if len(arrived) > 1 else 0.0
    return {"past_delivered_per_second": delivered, "past_delivered_to_pace": delivered / pace}
