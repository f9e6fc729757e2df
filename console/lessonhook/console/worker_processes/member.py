"""One of the supervised processes, over all its starts."""

import sys
import time
from collections.abc import Mapping, Sequence

import structlog

from lessonhook.console.exits import ExitCode
from lessonhook.console.processes import Child
from lessonhook.console.worker_processes.backoff import Backoff

_log = structlog.get_logger("lessonhook.supervisor")


class Member:
    """Starts a process, and starts it again after a wait if it ends by itself."""

    def __init__(self, number: int, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.number = number
        self._command = command
        self._environment = environment
        self._backoff = Backoff()
        self._child: Child | None = None
        self._started_at = 0.0
        #: The moment of the next start; None while the process runs, and once it has ended for good.
        self._start_at: float | None = time.monotonic()
        self._stopping = False
        #: The last exit code of the process; minus a signal's number if a signal ended it.
        self.ended_with: int | None = None

    @property
    def child(self) -> Child | None:
        """The process if it runs now."""
        return self._child

    @property
    def is_over(self) -> bool:
        """Whether the process has ended and is not started again."""
        return self._child is None and self._start_at is None

    def look(self) -> None:
        """Notice an end, or start the process if it is time to."""
        now = time.monotonic()
        if self._child is not None:
            if (code := self._child.returncode) is not None:
                self._child = None
                self._ended(code, now)
        elif self._start_at is not None and now >= self._start_at:
            self._start(now)

    def _start(self, now: float) -> None:
        self._start_at, self._started_at = None, now
        try:
            # The descriptor is handed on, so that no line passes through this process.
            self._child = Child(f"worker {self.number}", self._command, self._environment, sys.stderr.fileno())
        except OSError as error:
            # A machine without memory or process ids for one more: the other processes must not end for it.
            self.ended_with = ExitCode.NOT_WELL
            wait = self._backoff.after(0.0)
            self._start_at = now + wait
            _log.error("process.not_started", process=self.number, error=error.strerror, again_in_seconds=wait)
        else:
            _log.info("process.started", process=self.number, pid=self._child.pid)

    def start_no_more(self) -> None:
        """Let the process end and stay ended."""
        self._stopping, self._start_at = True, None

    def _ended(self, code: int, now: float) -> None:
        self.ended_with = code
        if self._stopping:
            _log.info("process.ended", process=self.number, code=code)
        elif code == ExitCode.WELL:
            _log.info("process.ended", process=self.number, code=code, then="it was told to end and stays ended")
        elif code == ExitCode.WRONG_USAGE:
            _log.error("process.ended", process=self.number, code=code, then="an option or a setting is wrong")
        else:
            wait = self._backoff.after(now - self._started_at)
            self._start_at = now + wait
            _log.warning("process.ended", process=self.number, code=code, restart_in_seconds=wait)
