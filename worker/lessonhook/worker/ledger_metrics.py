"""What the whole ledger holds, for Prometheus: told by one worker at a time, so that a sum over workers is no lie."""

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client.registry import Collector

from lessonhook.ledger import Ledger, Policy, connect
from lessonhook.worker.leader import Leader
from lessonhook.worker.ledger_figures import WORST, of_queues, of_survey, of_workers

if TYPE_CHECKING:
    from prometheus_client import Metric

    from lessonhook.worker.health import Health
    from lessonhook.worker.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: A scrape sooner than this is answered with the figures of the last one.
_FRESH_SECONDS: Final = 2.0
#: A scrape that takes 10 s is given up by Prometheus, and the worker's own figures with it.
_TIMEOUT_SECONDS: Final = 2.0


class LedgerMetrics(Collector):
    """Reads the ledger at a scrape, in the worker that leads; the others answer nothing.

    Only who is scraped leads, so the figures are told wherever there is a worker that Prometheus can reach.
    """

    def __init__(self, runtime: "Runtime", health: "Health") -> None:
        settings = runtime.app.settings
        self._runtime = runtime
        self._health = health
        redis = connect(
            settings.redis_url,
            timeout_seconds=_TIMEOUT_SECONDS,
            connect_timeout_seconds=_TIMEOUT_SECONDS,
            connections=2,
        )
        self._ledger = Ledger(redis, Policy.from_settings(settings))
        self._leader = Leader(redis, runtime.hostname)
        self._one_at_a_time = threading.Lock()
        self._read_at = float("-inf")
        self._figures: list[Metric] = []

    def describe(self) -> Iterable["Metric"]:
        """Name nothing beforehand: Redis is not asked before the first scrape."""
        return []

    def collect(self) -> Iterable["Metric"]:
        """Answer the ledger's figures if this worker leads, nothing otherwise, nor while Redis is away."""
        ready, _ = self._health.ready()
        if not ready:
            return []
        with self._one_at_a_time:
            try:
                return self._current() if self._leader.leads() else []
            except Exception as error:  # noqa: BLE001 - the worker's own figures must be told all the same
                _log.warning("metrics.ledger_unread", error=type(error).__name__)
                return []

    def step_down(self) -> None:
        """Leave the figures to another worker, at once."""
        try:
            self._leader.step_down()
            self._ledger.redis.close()
        except Exception as error:  # noqa: BLE001 - a worker ends whether or not Redis is there
            _log.warning("metrics.lead_kept", error=type(error).__name__)

    def _current(self) -> "list[Metric]":
        if time.monotonic() - self._read_at >= _FRESH_SECONDS:
            survey = self._ledger.survey(worst=WORST)
            self._figures = [
                *of_survey(survey),
                *of_queues(self._runtime.waiting or {}, survey.now_ms),
                *of_workers(self._ledger.heartbeats.last(), mass_failure=self._ledger.activity.alarmed()),
            ]
            self._read_at = time.monotonic()
        return self._figures
