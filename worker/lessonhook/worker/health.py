"""Whether a worker is well, for whoever restarts workers, and whether it can work now, for whoever rolls them out."""

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lessonhook.worker.runtime import Runtime

#: Sweeps that may be missed before the worker counts as not ready.
_SWEEPS_MISSED: Final = 3
#: The loop of the sweep itself stands still for longer than this: the process is stuck. Above any tolerated outage.
_STUCK_SECONDS: Final = 300.0

#: A verdict, and why, in words for people.
Verdict = tuple[bool, str]


class Health:
    """Judges by what the sweep has written down; nothing is asked of Redis here, so a check is always answered."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    def healthy(self) -> Verdict:
        """Answer whether this worker is alive and takes what waits.

        An outage of Redis, which no restart of workers mends, is none of its faults.
        """
        silent = time.monotonic() - self._runtime.last_look
        if silent > max(_STUCK_SECONDS, 2 * self._runtime.app.settings.sweep_interval_seconds):
            return False, f"the sweep has stood still for {silent:.0f} s"
        return (True, "consuming") if self._runtime.consuming else (False, "work waits, and this worker takes none")

    def ready(self) -> Verdict:
        """Answer whether this worker can work now: Redis and the broker answered one of the last sweeps."""
        if self._runtime.stopping.is_set():
            return False, "stopping"
        if self._runtime.last_swept is None:
            return False, "starting: no sweep has ended yet"
        limit = _SWEEPS_MISSED * self._runtime.app.settings.sweep_interval_seconds
        if time.monotonic() - self._runtime.last_swept > limit:
            return False, "Redis did not answer the last sweeps"
        return True, "ready"
