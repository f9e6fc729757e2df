"""The present state of one worker, for Prometheus: its slots, and the results of its health checks."""

import time
from collections.abc import Iterable
from importlib.metadata import version
from typing import TYPE_CHECKING

from celery.worker import state
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from prometheus_client import Metric

    from lessonhook.worker.runtime.runtime import Runtime


class WorkerMetrics(Collector):
    """Reads the state at each scrape, so that nothing need be counted in between."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    def describe(self) -> Iterable["Metric"]:
        """Return no names in advance, because a worker that is still starting has no figures."""
        return []

    def collect(self) -> Iterable["Metric"]:
        """Yield the gauges."""
        vitals, now = self._runtime.vitals, time.monotonic()
        yield _gauge("slots", "Slots of this worker.", self._runtime.app.settings.worker_slots)
        slots = self._runtime.slots
        used = max(0, len(state.active_requests) - slots.aside)
        yield _gauge("slots_used", "Slots of this worker that have a task.", used)
        yield _gauge("posts_aside", "POSTs that wait for slow endpoints, and keep no slot.", slots.posts_aside)
        yield _gauge("healthy", "1 if this worker takes what waits, as /healthz says.", vitals.healthy(now).passed)
        yield _gauge("ready", "1 if Redis replies to this worker, as /readyz says.", vitals.ready(now).passed)
        build = GaugeMetricFamily("lessonhook_build_info", "The release that this worker runs.", labels=["version"])
        build.add_metric([version("lessonhook")], 1)
        yield build


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lessonhook_worker_{name}", text, value=value)
