"""The sweep: every worker looks, every few seconds, for what a crash left behind. There is no process to forget."""

import threading
import time
from typing import TYPE_CHECKING, Final

import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError, ResponseError

from lessonhook.ledger import publish
from lessonhook.worker.broker import oldest_ms, waiting
from lessonhook.worker.common_cause import CommonCause
from lessonhook.worker.outcome_log import log_notices
from lessonhook.worker.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lessonhook.worker.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: One script looks at so many lanes, and holds Redis up for no more than some milliseconds.
_LANES_AT_ONCE: Final = 32
#: Together with the line above: what one sweep recovers in a shard at most, 3,200 lanes.
_ROUNDS: Final = 100
#: A lane that the script fails on is left alone for so long: the others of its shard go first.
_PUT_OFF_MS: Final = 60_000


class Sweeper:
    """Goes over the shards that need it. Many workers may do so at once: each transition is atomic."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lessonhook-sweeper", daemon=True)
        self._failing = False
        #: Shards in which a lane was found damaged: swept lane by lane, since a script that fails answers for none.
        self._damaged: set[int] = set()
        self._watchdog = Watchdog(runtime)
        self._common_cause = CommonCause(runtime)

    def start(self) -> None:
        """Begin, in a thread of its own: on Celery's timer, a frozen Redis would hold up every countdown."""
        self._thread.start()

    def stop(self) -> None:
        """End after the sweep under way."""
        self._stop.set()

    def _run(self) -> None:
        # The first one at once: a worker that starts after an outage is ready when it has seen what that left behind.
        while True:
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
            if self._stop.wait(self._runtime.app.settings.sweep_interval_seconds):
                return

    def sweep(self) -> int:
        """Sweep every shard that needs it; answer how many events were published again or released."""
        ledger = self._runtime.ledger
        queues = self._runtime.waiting = waiting(self._runtime.app)
        consumed = self._runtime.app.amqp.queues.consume_from
        work_waits = any(name in consumed and queue.messages for name, queue in (queues or {}).items())
        self._runtime.consuming = self._watchdog.look(work_waits=work_waits)
        now_ms = ledger.heartbeats.beat(self._runtime.hostname, consuming=self._runtime.consuming)
        oldest = oldest_ms(queues)
        published = sum(self._sweep_shard(shard, oldest, now_ms) for shard in ledger.attention.due(now_ms))
        self._runtime.metrics.swept(published)
        # Last, since it only informs: nothing that fails in it may hold up a recovery.
        self._common_cause.look()
        return published

    def _sweep_shard(self, shard: int, oldest: "Mapping[str, int] | int", now_ms: int) -> int:
        """Sweep a shard until no lane of it is due, at most so many times: a lane may be due whatever is done."""
        published = 0
        for _ in range(_ROUNDS):
            lanes = 1 if shard in self._damaged else _LANES_AT_ONCE
            try:
                steps = self._runtime.ledger.sweep(shard, oldest_waiting_ms=oldest, lanes=lanes)
            except ResponseError as error:
                if lanes == 1 and not self._put_off(shard, now_ms, error):
                    break
                self._damaged.add(shard)
                continue
            for step in steps:
                log_notices(step)
                self._runtime.metrics.noticed(step)
                # What the broker refuses is logged there, and found by a later sweep.
                if publish(self._runtime.app, step) and step.publish:
                    published += len(step.publish)
                    _log.info("sweep.published", subscriber=step.subscriber, events=len(step.publish))
            if len(steps) < lanes or self._stop.is_set():
                break
        return published

    def _put_off(self, shard: int, now_ms: int, error: ResponseError) -> bool:
        """Leave a damaged lane alone for a while; answer False if it became due only now, for the next sweep."""
        subscriber = self._runtime.ledger.attention.put_off(shard, now_ms, now_ms + _PUT_OFF_MS)
        if subscriber is not None:
            _log.error("sweep.lane_damaged", subscriber=subscriber, error=str(error), then="others go on without it")
        return subscriber is not None
