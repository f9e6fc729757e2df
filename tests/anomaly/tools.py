"""What an operator starts: commands of the command line and workers, each a process forked from one that is warm."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.rooms import ROOT


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command went; `code` is None where it hung and was killed."""

    command: Sequence[str]
    code: int | None
    text: str
    seconds: float


class Forked:
    """One process that was started, or that runs still."""

    def __init__(self, pid: int, log: Path, ended: threading.Event, codes: list[int]) -> None:
        self.pid = pid
        self._log = log
        self._ended = ended
        self._codes = codes

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return not self._ended.is_set()

    def wait(self, seconds: float) -> int | None:
        """Return its exit code; None if it does not end within so many seconds."""
        return self._codes[0] if self._ended.wait(seconds) else None

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.running:
            os.kill(self.pid, number)

    def logs(self) -> str:
        """Return what it has written."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""


class Nursery:
    """A warm process to fork from: one command at one time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._count = 0
        self._process: subprocess.Popen[str] | None = None

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> Forked:
        """Start a command."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.anomaly.forks"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        self._count += 1
        log = self._directory / f"{command[0]}-{self._count}.log"
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"command": list(command), "environment": dict(environment), "log": str(log)}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        ended, codes = threading.Event(), list[int]()

        def await_end() -> None:
            assert self._process is not None
            assert self._process.stdout is not None
            codes.append(int(self._process.stdout.readline() or -1))
            ended.set()

        threading.Thread(target=await_end, daemon=True).start()
        return Forked(pid, log, ended, codes)

    def run(self, command: Sequence[str], environment: Mapping[str, str], seconds: float) -> Ran:
        """Run a command to its end; kill it if that takes longer than so many seconds."""
        begun = time.monotonic()
        forked = self.start(command, environment)
        code = forked.wait(seconds)
        if code is None:
            forked.send(signal.SIGKILL)
            forked.wait(seconds)
        return Ran(command, code, forked.logs(), time.monotonic() - begun)

    def close(self) -> None:
        """End the warm process."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(20)
