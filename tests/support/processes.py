"""Real processes for tests: started with a known environment, their output kept, ended by their own process id."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

#: The checkout: children run here, so that they find `tests.support` as the tests themselves do.
ROOT = Path(__file__).parents[2]
#: For a process that was told to end; one that takes longer hangs.
_END_SECONDS = 20.0


class Process:
    """One child process whose output, all its starts together, goes into one file.

    A test that expects the process to end says so by `kill`, `terminate` or `wait`; `close` reports any other end.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._command = list(command)
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._awaited = False

    def start(self) -> None:
        """Start the process, again if it has ended; it is not waited for."""
        if self.running:
            raise RuntimeError(f"{self.name} runs already")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._awaited = False

    def wait_ready(self) -> None:
        """Return when the process does its work; here, when it runs. Raises AssertionError with its output if not."""
        assert self.running, f"{self.name} does not run:\n{self.logs()}"

    @property
    def running(self) -> bool:
        """Whether the process is there, frozen ones included."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id, of the last start."""
        return self._started().pid

    @property
    def returncode(self) -> int | None:
        """How it ended: an exit code, minus the signal that killed it, or None while it runs."""
        return self._started().poll()

    def logs(self) -> str:
        """Answer what it has written up to now, errors included."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def send(self, number: signal.Signals) -> None:
        """Send a signal and return at once."""
        self._started().send_signal(number)

    def kill(self) -> None:
        """End it as `kill -9` does, frozen or not."""
        self.send(signal.SIGKILL)
        self.wait()

    def terminate(self) -> None:
        """Ask it to end, as a supervisor does, and return at once; `wait` tells when it has."""
        self._awaited = True
        self.send(signal.SIGTERM)

    def wait(self, seconds: float = _END_SECONDS) -> int:
        """Wait until it has ended and answer how. Raises AssertionError with its output if it does not end."""
        self._awaited = True
        try:
            return self._started().wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {seconds:g} s:\n{self.logs()}") from None

    def close(self) -> str | None:
        """End it if it runs; answer a complaint if it had ended by itself and nobody expected that."""
        if self._process is None:
            return None
        if self.running:
            self.kill()
            return None
        return None if self._awaited else f"{self.name} ended by itself with {self._process.returncode}"

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process
