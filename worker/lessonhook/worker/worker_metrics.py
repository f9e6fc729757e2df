"""How one worker fares at this moment, for Prometheus: its slots, and what its health checks say."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import TYPE_CHECKING

from celery.worker import state
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from prometheus_client import Metric

    from lessonhook.worker.health import Health
    from lessonhook.worker.runtime import Runtime


class WorkerMetrics(Collector):
    """Asked at each scrape, so that nothing is counted along the way."""

    def __init__(self, runtime: "Runtime", health: "Health") -> None:
        self._runtime = runtime
        self._health = health

    def describe(self) -> Iterable["Metric"]:
        """Name nothing beforehand: a worker that is still starting has no figures yet."""
        return []

    def collect(self) -> Iterable["Metric"]:
        """Answer the gauges."""
        healthy, _ = self._health.healthy()
        ready, _ = self._health.ready()
        yield _gauge("slots", "Threads of this worker.", self._runtime.app.settings.worker_slots)
        yield _gauge("slots_used", "Threads of this worker that have a task.", len(state.active_requests))
        yield _gauge("healthy", "1 if this worker takes what waits, as /healthz says.", healthy)
        yield _gauge("ready", "1 if Redis answers this worker, as /readyz says.", ready)
        build = GaugeMetricFamily("lessonhook_build_info", "The release that this worker runs.", labels=["version"])
        build.add_metric([version("lessonhook")], 1)
        yield build


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lessonhook_worker_{name}", text, value=value)
