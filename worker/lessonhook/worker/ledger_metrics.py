"""What the whole ledger holds, for Prometheus: told by one worker at a time, so that a sum over workers is no lie."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from prometheus_client import Metric

    from lessonhook.ledger import LaneStatus
    from lessonhook.worker.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: Subscribers with a series of their own: those whose oldest undelivered event is the oldest.
_WORST: Final = 10
#: A scrape more often than this is answered with the figures of the last one.
_FRESH_SECONDS: Final = 10.0
_LEADER_KEY: Final = "lessonhook:metrics-leader"
#: A worker that is gone is followed by another one after so long.
_LEADER_SECONDS: Final = 90

_GAUGES: Final = (
    ("in_flight", "Events that are being posted."),
    ("queued", "Events that are published and wait for a worker."),
    ("retrying", "Failed events that wait for their next attempt."),
    ("held", "Events that wait in the ledger."),
    ("refused", "Events set aside, of lanes that have undelivered ones."),
)


class LedgerMetrics(Collector):
    """Reads every lane that has work, at a scrape, in the worker that leads."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._read_at = float("-inf")
        self._families: list[Metric] = []

    def describe(self) -> Iterable["Metric"]:
        """Name nothing beforehand: Redis is not asked before the first scrape."""
        return []

    def collect(self) -> Iterable["Metric"]:
        """Answer the gauges if this worker leads, nothing otherwise."""
        try:
            if not self._leads():
                return []
            if time.monotonic() - self._read_at >= _FRESH_SECONDS:
                self._families = self._read()
                self._read_at = time.monotonic()
        except RedisError as error:
            _log.warning("metrics.unread", error=type(error).__name__)
            return []
        return self._families

    def _leads(self) -> bool:
        redis, name = self._runtime.ledger.redis, self._runtime.hostname.encode()
        if redis.set(_LEADER_KEY, name, nx=True, ex=_LEADER_SECONDS):
            return True
        leader: Any = redis.get(_LEADER_KEY)
        if leader != name:
            return False
        redis.expire(_LEADER_KEY, _LEADER_SECONDS)
        return True

    def _read(self) -> "list[Metric]":
        ledger = self._runtime.ledger
        lanes = [lane for name in ledger.busy_subscribers() if (lane := ledger.status(name)).undelivered or lane.paused]
        families: list[Metric] = [
            _family(name, text, sum(getattr(lane, name) for lane in lanes)) for name, text in _GAUGES
        ]
        families += [
            _family("slots_used", "Slots of lanes in use.", sum(lane.in_flight + lane.queued for lane in lanes)),
            _family(
                "paused_subscribers", "Subscribers to whom nothing goes.", sum(bool(lane.paused) for lane in lanes)
            ),
            _family("busy_subscribers", "Subscribers with undelivered events.", len(lanes)),
            _family("oldest_undelivered_seconds", "Age of the oldest undelivered event.", _age(lanes)),
            self._worst(lanes),
        ]
        return families

    @staticmethod
    def _worst(lanes: "list[LaneStatus]") -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "lessonhook_worst_undelivered_seconds",
            f"Age of the oldest undelivered event of the {_WORST} subscribers that have waited longest.",
            labels=["subscriber"],
        )
        for lane in sorted(lanes, key=lambda lane: lane.oldest_undelivered_seconds or 0, reverse=True)[:_WORST]:
            family.add_metric([lane.subscriber], lane.oldest_undelivered_seconds or 0)
        return family


def _age(lanes: "list[LaneStatus]") -> float:
    return max((lane.oldest_undelivered_seconds or 0 for lane in lanes), default=0)


def _family(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lessonhook_{name}", text, value=value)
