"""Real processes for tests: started with a known environment, their output kept, ended by their own process id."""

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from lessonhook.console.processes import Child, TookTooLong
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT


class Process:
    """One process that a test starts, ends and starts again; the output of all its starts goes to one file.

    A test that expects the process to end says so by `kill`, `terminate` or `wait`; `close` reports any other end.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._command = list(command)
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        self._log = log
        self._child: Child | None = None
        self._awaited = False

    def start(self) -> None:
        """Start the process, again if it has ended; it is not waited for."""
        if self.running:
            raise RuntimeError(f"{self.name} runs already")
        self._child = self._make_child()
        self._awaited = False

    def _make_child(self) -> Child:
        # In the checkout, so that a child finds `tests.support` as the tests do.
        return Child(self.name, self._command, self._environment, self._log, directory=ROOT)

    def wait_ready(self) -> None:
        """Return when the process does its work; here, when it runs. Raises AssertionError with its output if not."""
        assert self.running, f"{self.name} does not run:\n{self.logs()}"

    @property
    def running(self) -> bool:
        """Whether the process is there, frozen ones included."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """The process id, of the last start."""
        return self._started().pid

    @property
    def returncode(self) -> int | None:
        """How it ended: an exit code, minus the signal that killed it, or None while it runs."""
        return self._started().returncode

    def logs(self) -> str:
        """Return what it has written up to now, errors included."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def send(self, number: signal.Signals) -> None:
        """Send a signal and return at once."""
        self._started().send(number)

    def kill(self) -> None:
        """End it as `kill -9` does, frozen or not."""
        self.send(signal.SIGKILL)
        self.wait()

    def terminate(self) -> None:
        """Ask it to end, as a supervisor does, and return at once; `wait` returns when it has ended."""
        self._awaited = True
        self.send(signal.SIGTERM)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Wait until it has ended and return how. Raises AssertionError with its output if it does not end."""
        self._awaited = True
        try:
            return self._started().wait(seconds)
        except TookTooLong as late:
            raise AssertionError(f"{late}:\n{self.logs()}") from None

    def close(self) -> str | None:
        """End it if it runs; return a complaint if it had ended by itself and no test expected that."""
        if self._child is None:
            return None
        if self.running:
            self.kill()
            return None
        return None if self._awaited else f"{self.name} ended by itself with {self._child.returncode}"

    def _started(self) -> Child:
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._child
