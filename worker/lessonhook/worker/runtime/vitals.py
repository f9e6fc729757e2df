"""The vital signs of one worker process: when it last took a task, how its last sweep ended, and what follows from it.

The sweep, the watchdog and each turn record here; health checks and metrics read. No method asks Redis, so a health
check always has a result. `now` is a moment on the monotonic clock.
"""

import time
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lessonhook.config import Settings
    from lessonhook.worker.runtime.queue_ages import QueueAge
    from lessonhook.worker.runtime.stop_flag import StopFlag

#: If the loop of the sweep stands still for longer than this, the process is stuck. No tolerated outage lasts as long.
_STUCK_SECONDS: Final = 300.0
#: A loop that stands still for longer than this is blocked: no turn of it computes for a second.
_LOOP_LATE_SECONDS: Final = 10.0
#: Then only a restart helps.
_LOOP_STUCK_SECONDS: Final = 60.0


class Verdict(NamedTuple):
    """The result of a health check."""

    passed: bool
    #: In words for people.
    reason: str


class Vitals:
    """What a worker knows of its own state. Each sign is written by one caller and read by any thread."""

    def __init__(
        self, settings: "Settings", stopping: "StopFlag", seconds_since_beat: "Callable[[], float]" = lambda: 0.0
    ) -> None:
        self._seconds_since_beat = seconds_since_beat
        self._settings = settings
        self._stopping = stopping
        self._sweep_began_at = time.monotonic()
        self._sweep_ended_at: float | None = None
        self._sweep_failure = ""
        self._task_taken_at = 0.0
        self._consuming = True
        self._keyless = False
        self._mass_failure = False
        self._others_delivered = False
        self._queues: Mapping[str, QueueAge] | None = None

    def task_taken(self, now: float) -> None:
        """Record that this worker began a task."""
        self._task_taken_at = now

    def sweep_began(self, now: float) -> None:
        """Record that the sweep's loop is alive, whether or not Redis is."""
        self._sweep_began_at = now

    def queues_read(self, queues: "Mapping[str, QueueAge] | None", *, consuming: bool) -> None:
        """Record what waits in the broker (None: this broker can't tell), and whether this worker receives it."""
        self._queues, self._consuming = queues, consuming

    def keys_checked(self, *, keyless: bool) -> None:
        """Record whether this worker lacks a key that new values are sealed with."""
        self._keyless = keyless

    def sweep_ended(self, now: float) -> None:
        """Record that the broker and the ledger replied to all commands of a sweep."""
        self._sweep_ended_at, self._sweep_failure = now, ""

    def sweep_failed(self, reason: str) -> None:
        """Record why a sweep did not end, in words for people."""
        self._sweep_failure = reason

    def mass_failure_checked(self, *, failing: bool, others_delivered: bool) -> None:
        """Record whether many subscribers fail at once, and whether POSTs of any subscriber were accepted lately."""
        self._mass_failure, self._others_delivered = failing, others_delivered

    @property
    def task_taken_at(self) -> float:
        """When this worker last began a task; 0 if it never did."""
        return self._task_taken_at

    @property
    def queues(self) -> "Mapping[str, QueueAge]":
        """What waits in each queue, as the last sweep read it; empty if this broker can't tell."""
        return self._queues or {}

    @property
    def mass_failure(self) -> bool:
        """Whether many subscribers fail at once. Then no subscriber is paused, because the fault is probably ours."""
        return self._mass_failure

    @property
    def loop_stood_still_seconds(self) -> float:
        """How long the event loop has not come round: something blocks it, and with it every POST."""
        return self._seconds_since_beat()

    @property
    def may_set_aside(self) -> bool:
        """Whether an event whose worker is lost again and again is the fault: others are delivered meanwhile."""
        return self._others_delivered and not self._mass_failure

    def healthy(self, now: float) -> Verdict:
        """Return whether this worker is alive and receives the messages that wait.

        An outage of Redis does not count against it, because restarting workers does not repair Redis.
        """
        silent = now - self._sweep_began_at
        if silent > max(_STUCK_SECONDS, 2 * self._settings.sweep_interval_seconds):
            return Verdict(passed=False, reason=f"the sweep has stood still for {silent:.0f} s")
        if self.loop_stood_still_seconds > _LOOP_STUCK_SECONDS:
            return Verdict(passed=False, reason=_of_loop(self.loop_stood_still_seconds))
        if not self._consuming:
            return Verdict(passed=False, reason="work waits, and this worker takes none")
        return Verdict(passed=True, reason="consuming")

    def ready(self, now: float) -> Verdict:
        """Return whether this worker can work now: a sweep has ended lately, so Redis and the broker reply."""
        if self._stopping.is_set():
            return Verdict(passed=False, reason="stopping")
        if self.loop_stood_still_seconds > _LOOP_LATE_SECONDS:
            return Verdict(passed=False, reason=_of_loop(self.loop_stood_still_seconds))
        if self._sweep_ended_at is None:
            return Verdict(passed=False, reason=f"starting: {self._sweep_failure or 'no sweep has ended yet'}")
        if now - self._sweep_ended_at > self._settings.alive_within_seconds:
            return Verdict(passed=False, reason=self._sweep_failure or "Redis did not reply to the last sweeps")
        if self._keyless:
            reason = "a key of LESSONHOOK_ENCRYPTION_KEYS that the LMS seals with is missing here"
            return Verdict(passed=False, reason=reason)
        return Verdict(passed=True, reason="ready")


def _of_loop(seconds: float) -> str:
    return f"the event loop has stood still for {seconds:.0f} s"
