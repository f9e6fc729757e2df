"""The figures of the whole ledger, for Prometheus. One worker at a time shows them, so a sum over workers is right."""

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client.registry import Collector

from lessonhook.config import COMPLETIONS, RETRIES
from lessonhook.ledger import Ledger
from lessonhook.worker.monitoring.ledger_figures import (
    WORST,
    of_queues,
    of_silences,
    of_survey,
    of_unserved,
    of_workers,
)
from lessonhook.worker.runtime.leader import Leader

if TYPE_CHECKING:
    from prometheus_client import Metric

    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
_LEADER_KEY: Final = "lessonhook:metrics-leader"
#: A scrape sooner than this after the last one gets the same figures.
_FRESH_SECONDS: Final = 2.0
#: Prometheus gives up a scrape that takes 10 s, and with it the worker's own figures.
_TIMEOUT_SECONDS: Final = 2.0


class LedgerMetrics(Collector):
    """Reads the ledger at a scrape, in the worker that leads. The other workers show nothing of it.

    Only a worker that is scraped can take the lead, so the figures are shown if Prometheus can reach any worker.
    """

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._connected: tuple[Ledger, Leader] | None = None
        self._one_at_a_time = threading.Lock()
        self._read_at = float("-inf")
        self._figures: list[Metric] = []

    def describe(self) -> Iterable["Metric"]:
        """Return no names in advance, so that Redis is not asked before the first scrape."""
        return []

    def collect(self) -> Iterable["Metric"]:
        """Return the ledger's figures if this worker leads and Redis is there, otherwise nothing."""
        if not self._runtime.vitals.ready(time.monotonic()).passed:
            return []
        with self._one_at_a_time:
            try:
                ledger, leader = self._connect()
                return self._current(ledger) if leader.leads() else []
            except Exception as error:  # noqa: BLE001 - the worker's own figures must be shown all the same
                _log.warning("metrics.ledger_unread", error=type(error).__name__)
                return []

    def step_down(self) -> None:
        """Leave the figures to another worker at once."""
        if self._connected is None:
            return
        ledger, leader = self._connected
        try:
            leader.step_down()
            ledger.redis.close()
        except Exception as error:  # noqa: BLE001 - a worker must end with or without Redis
            _log.warning("metrics.lead_kept", error=type(error).__name__)

    def _connect(self) -> tuple[Ledger, Leader]:
        """Connect at the first scrape: a Cluster's client asks the Cluster at once, and a worker starts without it."""
        if self._connected is None:
            ledger = Ledger.connect(
                self._runtime.app.settings,
                timeout_seconds=_TIMEOUT_SECONDS,
                connect_timeout_seconds=_TIMEOUT_SECONDS,
                connections=2,
            )
            self._connected = ledger, Leader(ledger.redis, _LEADER_KEY)
        return self._connected

    def _current(self, ledger: Ledger) -> "list[Metric]":
        if time.monotonic() - self._read_at >= _FRESH_SECONDS:
            survey = ledger.lanes.survey(worst=WORST)
            alive_within_seconds = self._runtime.app.settings.alive_within_seconds
            heartbeats = ledger.heartbeats
            alive = [beat for beat in heartbeats.last() if beat.seconds_ago <= alive_within_seconds]
            unserved = heartbeats.unserved((COMPLETIONS, RETRIES), within_seconds=alive_within_seconds)
            self._figures = [
                *of_survey(survey),
                *of_silences(ledger.silences.read(survey.now_ms), survey.last_recorded_ms, survey.now_ms),
                *of_queues(self._runtime.vitals.queues, survey.now_ms),
                *of_unserved(unserved, survey.now_ms),
                *of_workers(alive, mass_failure=ledger.activity.alarmed()),
            ]
            self._read_at = time.monotonic()
        return self._figures
