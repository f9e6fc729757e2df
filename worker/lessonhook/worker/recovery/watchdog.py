"""Notices a deaf worker: messages wait in the broker, and the worker receives none of them.

A consumer that receives nothing after its Redis came back is a known failure of Celery on Redis, and no list of
processes shows it. Exiting loses nothing, because events in hand are leased in the ledger. The supervisor starts a new
worker.
"""

import os
import time
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: Tells the supervisor that this was no clean end.
EXIT_DEAF: Final = 70
#: A worker must be silent for at least this many sweep intervals. If more than half of the limit lay between two
#: sweeps, each of them would look like an outage.
_SWEEPS_SEEN: Final = 4


class Watchdog:
    """Compares, at each sweep, whether work waits with when this worker last began a task, and hears its loop beat."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._checked_at = time.monotonic()
        self._waiting_since: float | None = None

    def check(self, *, work_waits: bool) -> bool:
        """Return whether the worker receives what waits. End the process if it has not done so for too long."""
        now, limit = time.monotonic(), self._limit_seconds()
        # Redis was away, or this process was frozen: then the worker could not receive anything, deaf or not.
        unseen = now - self._checked_at > limit / 2
        self._checked_at = now
        stood_still = self._runtime.vitals.loop_stood_still_seconds
        if stood_still >= limit and not unseen:
            # Something blocks the event loop, and with it every POST of this worker.
            _log.critical("worker.loop_blocked", seconds=round(stood_still, 1), then="exits, to be started again")
            os._exit(EXIT_DEAF)
        if not work_waits or self._runtime.stopping.is_set():
            self._waiting_since = None
            return True
        if self._waiting_since is None or unseen:
            self._waiting_since = now
        silent = now - max(self._waiting_since, self._runtime.vitals.task_taken_at)
        if silent >= limit:
            _log.critical("worker.deaf", silent_seconds=round(silent, 1), then="exits, to be started again")
            os._exit(EXIT_DEAF)
        return silent < limit / 2

    def _limit_seconds(self) -> float:
        """Return how long a worker may receive nothing: the setting, but never less than two other spans.

        A worker whose every slot POSTs to an endpoint that hangs receives nothing for a whole turn, and is not deaf.
        And some sweeps must happen during the silence, because only sweeps observe it.
        """
        settings = self._runtime.app.settings
        turn = settings.drain_seconds + settings.lease_seconds
        return max(settings.deaf_after_seconds, turn, _SWEEPS_SEEN * settings.sweep_interval_seconds)
