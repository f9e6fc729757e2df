"""The sweep: every worker looks, every few seconds, for what a crash left behind.

It needs no process of its own that an operator could forget to start.
"""

import threading
import time
from typing import TYPE_CHECKING, Final

import structlog
from redis.exceptions import RedisError, ResponseError

from lessonhook.config import code_of, explain, raise_if_of_the_server
from lessonhook.config.celery import BROKER_ERRORS
from lessonhook.ledger import publish_each
from lessonhook.worker.delivery.outcome_log import log_notices
from lessonhook.worker.recovery.mark_watch import MarkWatch
from lessonhook.worker.recovery.mass_failure import MassFailure
from lessonhook.worker.recovery.watchdog import Watchdog
from lessonhook.worker.runtime.queue_ages import oldest_ms, read_queues

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: Number of lanes that one script sweeps, so that it blocks Redis for no more than some milliseconds.
_LANES_AT_ONCE: Final = 32
#: Number of such scripts in one shard: a sweep recovers at most 3,200 lanes of it.
_ROUNDS: Final = 100
#: Time limit for the last sweep and for deleting the heartbeat, when the worker ends.
_LEAVE_SECONDS: Final = 3.0
#: A lane that the script fails on is skipped for this long, so that the others of its shard go first.
_PUT_OFF_MS: Final = 60_000
#: How often a worker notes that it uses its library of functions, and deletes those that no worker has used for a day.
_TIDY_EVERY_MS: Final = 3_600_000
#: Between two sweeps while Redis or the broker is away.
_FAILED_PAUSE_SECONDS: Final = 1.0


class Sweeper:
    """Sweeps the shards that need it. Many workers may do so at once, because each transition is atomic."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lessonhook-sweeper", daemon=True)
        #: The code of the error that the last sweep failed with; "" if it ended. The log has one line a change.
        self._failing = ""
        #: Shards with a damaged lane. They are swept lane by lane, because a script that fails recovers no lane.
        self._damaged: set[int] = set()
        self._watchdog = Watchdog(runtime)
        self._mass_failure = MassFailure(runtime)
        self._mark_watch = MarkWatch()
        #: On Redis' clock.
        self._tidied_ms = 0

    def start(self) -> None:
        """Start the sweep's thread. On Celery's timer, a frozen Redis would delay every countdown."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the present sweep, and take the heartbeat along. Returns within seconds in any case."""
        self._stop.set()
        self._thread.join(_LEAVE_SECONDS)

    def _run(self) -> None:
        # The first sweep runs at once: a worker that starts after an outage is ready when it has swept.
        vitals = self._runtime.vitals
        while True:
            vitals.sweep_began(time.monotonic())
            try:
                self.sweep()
            except BROKER_ERRORS as error:
                why = explain(error)
                vitals.sweep_failed(why)
                if self._failing != code_of(error):
                    _log.warning("sweep.failed", error=code_of(error), why=why, then="tried again with the next sweep")
                self._failing = code_of(error)
            except Exception:  # noqa: BLE001 - logged whole; the next sweep tries again
                # One bad record must not end all recovery.
                vitals.sweep_failed("the sweep fails, see the log")
                _log.exception("sweep.failed")
            else:
                self._failing = ""
                vitals.sweep_ended(time.monotonic())
            # After a sweep that failed, the next one looks sooner: what an outage held up should go within seconds.
            pause = self._runtime.app.settings.sweep_interval_seconds
            if self._stop.wait(min(pause, _FAILED_PAUSE_SECONDS) if self._failing else pause):
                self._leave()
                return

    def _leave(self) -> None:
        # In this thread, after its last sweep: otherwise that sweep could write the heartbeat again.
        try:
            self._runtime.ledger.heartbeats.forget(self._runtime.hostname)
        except (RedisError, OSError) as error:
            _log.info("heartbeat.left_behind", error=code_of(error), then="it counts as silent for a day")

    def sweep(self) -> int:
        """Sweep every shard that needs it. Return how many events were published again or released."""
        ledger = self._runtime.ledger
        # Before the clock is read. Otherwise a busy worker would take messages between the two that seem to be of the
        # future, and a lost message would be looked for again half a minute later.
        taken = self._runtime.last_taken.queued_ms()
        read_at_ms = ledger.now_ms()
        queues = read_queues(self._runtime.app)
        consumed = self._runtime.app.amqp.queues.consume_from
        work_waits = any(name in consumed and queue.messages for name, queue in (queues or {}).items())
        consuming = self._watchdog.check(work_waits=work_waits)
        keyless = self._runtime.key_watch.check()
        self._runtime.vitals.queues_read(queues, consuming=consuming)
        self._runtime.vitals.keys_checked(keyless=keyless)
        now_ms = ledger.heartbeats.beat(
            self._runtime.hostname,
            consuming=consuming,
            queues=consumed,
            keyless=keyless,
            ledger=self._mark_watch.check(ledger),
        )
        if ledger.attention.follow_clock(now_ms):
            _log.warning("clock.set_back", then="every lane is looked at; waits are as long as they were")
        # After the heartbeat, because thousands take seconds. Their lanes are due by now and not by the time before.
        if self._runtime.deferred.each(ledger.unpublished):
            now_ms = ledger.now_ms()
        oldest = oldest_ms(queues, taken, read_at_ms)
        published = sum(self._sweep_shard(shard, oldest, read_at_ms, now_ms) for shard in ledger.attention.due(now_ms))
        self._runtime.metrics.swept(published)
        # Last, because it only informs: an error in it must not delay a recovery.
        self._mass_failure.check()
        self._tidy(now_ms)
        return published

    def _tidy(self, now_ms: int) -> None:
        if now_ms - self._tidied_ms < _TIDY_EVERY_MS:
            return
        self._tidied_ms = now_ms
        try:
            deleted = self._runtime.ledger.libraries.tidy(now_ms)
        except ResponseError:
            # A missing right or a full Redis: nothing depends on it, and the transitions go on as scripts.
            return
        for name in deleted:
            _log.info("library.deleted", library=name)

    def _sweep_shard(self, shard: int, oldest: "Mapping[str, int]", read_at_ms: int, now_ms: int) -> int:
        """Sweep a shard until no lane of it is due; at most `_ROUNDS` times, because a lane may stay due."""
        published = 0
        for _ in range(_ROUNDS):
            lanes = 1 if shard in self._damaged else _LANES_AT_ONCE
            try:
                steps = self._runtime.ledger.sweep(
                    shard,
                    oldest_waiting_ms=oldest,
                    read_at_ms=read_at_ms,
                    lanes=lanes,
                    may_set_aside=self._runtime.vitals.may_set_aside,
                )
            except ResponseError as error:
                raise_if_of_the_server(error)
                if lanes == 1 and not self._put_off(shard, now_ms, error):
                    break
                self._damaged.add(shard)
                continue
            ledger = self._runtime.ledger
            taken = publish_each(self._runtime.app, steps, ledger=ledger, redis=ledger.redis)
            for step, is_taken in zip(steps, taken, strict=True):
                log_notices(step)
                self._runtime.metrics.noticed(step)
                # A message that the broker refuses is logged by `publish_each`, and a later sweep finds it.
                if is_taken and step.publish:
                    published += len(step.publish)
                    _log.info("sweep.published", subscriber=step.subscriber, events=len(step.publish))
            if len(steps) < lanes or self._stop.is_set():
                break
        return published

    def _put_off(self, shard: int, now_ms: int, error: ResponseError) -> bool:
        """Skip a damaged lane for a while. Return False if it became due only now; the next sweep then finds it."""
        subscriber = self._runtime.ledger.attention.put_off(shard, now_ms, now_ms + _PUT_OFF_MS)
        if subscriber is not None:
            _log.error("sweep.lane_damaged", subscriber=subscriber, error=str(error), then="others go on without it")
        return subscriber is not None
