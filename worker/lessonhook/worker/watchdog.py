"""Notices when this worker has gone deaf: work waits in the broker, and none of it is taken.

A consumer that stays silent after its Redis came back is a known failure of Celery on Redis, and no process list shows
it. Nothing is lost by leaving: what was in hand is leased in the ledger, and the supervisor starts a worker that hears.
"""

import os
import time
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from lessonhook.worker.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
#: For the supervisor: not a clean end.
EXIT_DEAF: Final = 70
#: Sweeps that a silence must last for. With more than half of the limit between two, each would look like an outage.
_SWEEPS_SEEN: Final = 4


class Watchdog:
    """Told by each sweep what waits; compares it with when this worker last took something."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._looked = time.monotonic()
        self._waiting_since: float | None = None

    def look(self, *, work_waits: bool) -> bool:
        """Answer whether the worker takes what waits; end the process if it has not for too long."""
        now, limit = time.monotonic(), self._limit_seconds()
        # Redis was away, or this process was frozen: what was not taken meanwhile says nothing about its ears.
        unseen = now - self._looked > limit / 2
        self._looked = now
        if not work_waits or self._runtime.stopping.is_set():
            self._waiting_since = None
            return True
        if self._waiting_since is None or unseen:
            self._waiting_since = now
        silent = now - max(self._waiting_since, self._runtime.last_taken)
        if silent >= limit:
            _log.critical("worker.deaf", silent_seconds=round(silent, 1), then="exits, to be started again")
            os._exit(EXIT_DEAF)
        return silent < limit / 2

    def _limit_seconds(self) -> float:
        """Answer how long nothing may be taken: what is set, but never less than a worker may be busy or unseen.

        One whose every slot posts to an endpoint that hangs takes nothing for a whole turn, and hears very well. And
        a silence is seen by sweeps, of which some must fall into it.
        """
        settings = self._runtime.app.settings
        turn = settings.drain_seconds + settings.lease_seconds
        return max(settings.deaf_after_seconds, turn, _SWEEPS_SEEN * settings.sweep_interval_seconds)
