"""The sweep: every worker looks, every few seconds, for what a crash left behind. There is no process to forget."""

import threading
import time
from typing import TYPE_CHECKING, Any

import structlog
from celery import bootsteps
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from lessonhook.ledger import SHARDS, publish
from lessonhook.worker.broker import oldest_waiting_ms
from lessonhook.worker.common_cause import CommonCause
from lessonhook.worker.outcome_log import log_notices
from lessonhook.worker.watchdog import Watchdog

if TYPE_CHECKING:
    from lessonhook.worker.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")


class Sweeper:
    """Goes over all shards in turn. Many workers may do so at once: each transition is atomic."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lessonhook-sweeper", daemon=True)
        self._failing = False
        self._watchdog = Watchdog(runtime)
        self._common_cause = CommonCause(runtime)

    def start(self) -> None:
        """Begin, in a thread of its own: on Celery's timer, a frozen Redis would hold up every countdown."""
        self._thread.start()

    def stop(self) -> None:
        """End after the sweep under way."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._runtime.app.settings.sweep_interval_seconds):
            self._runtime.last_look = time.monotonic()
            try:
                self.sweep()
            except (RedisError, OperationalError, OSError) as error:
                if not self._failing:
                    _log.warning("sweep.failed", error=type(error).__name__)
                self._failing = True
            except Exception:  # noqa: BLE001 - logged whole; the next sweep tries again
                # One bad record must not end all recovery.
                _log.exception("sweep.failed")
            else:
                self._failing = False
                self._runtime.last_swept = time.monotonic()

    def sweep(self) -> int:
        """Sweep every shard once; answer how many events were published again or released."""
        waiting = oldest_waiting_ms(self._runtime.app)
        consumed = self._runtime.app.amqp.queues.consume_from
        self._runtime.consuming = self._watchdog.look(work_waits=any(queue in consumed for queue in waiting or ()))
        self._runtime.ledger.heartbeats.beat(self._runtime.hostname, consuming=self._runtime.consuming)
        self._common_cause.look()
        oldest = 0 if waiting is None else min(waiting.values(), default=None)
        published = 0
        for shard in range(SHARDS):
            for step in self._runtime.ledger.sweep(shard, oldest_waiting_ms=oldest):
                log_notices(step)
                self._runtime.metrics.noticed(step)
                publish(self._runtime.app, step)
                published += len(step.publish)
                if step.publish:
                    _log.info("sweep.published", subscriber=step.subscriber, events=len(step.publish))
        self._runtime.metrics.swept(published)
        return published


class SweeperStep(bootsteps.StartStopStep):
    """Starts the sweep with the worker and stops it with the worker."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._sweeper: Sweeper | None = None

    def start(self, worker: Any) -> None:
        """Begin sweeping."""
        self._sweeper = Sweeper(worker.app.runtime)
        self._sweeper.start()

    def stop(self, worker: Any) -> None:
        """Let the sweep under way end."""
        del worker
        if self._sweeper:
            self._sweeper.stop()
