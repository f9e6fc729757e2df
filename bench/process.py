"""A process of the benchmark, with all that it starts itself; what it costs, and its end."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from lessonhook.console.processes import Child, TookTooLong

#: The checkout: children run here and find `bench` as this process does.
ROOT: Final = Path(__file__).parents[1]
_PROC: Final = Path("/proc")
#: Of /proc/PID/stat, counted behind the command's name: the process group, then CPU time in user and system mode.
_GROUP, _USER, _SYSTEM = 2, 11, 12
_LOG_TAIL_LINES: Final = 15
#: For the end of a killed process: a bound for a hang, since the system ends it at once.
_KILLED_SECONDS: Final = 20.0


class Process(Child):
    """One child whose output goes to a file, and which is frozen, continued and ended with all that it started."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self._log = directory / f"{name}.log"
        super().__init__(name, command, {**os.environ, **environment}, self._log, directory=ROOT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def check(self) -> None:
        """Raise RuntimeError with the end of its output if it has ended."""
        if not self.running:
            raise RuntimeError(f"{self.name} ended with {self.returncode}:\n{self.log_tail()}")

    def wait_for_success(self, seconds: float) -> None:
        """Wait until it ends by itself, successfully; raise RuntimeError if it does not."""
        try:
            code = self.wait(seconds)
        except TookTooLong as late:
            raise RuntimeError(f"{late}:\n{self.log_tail()}") from None
        if code:
            raise RuntimeError(f"{self.name} ended with {code}:\n{self.log_tail()}")

    def freeze(self) -> None:
        """Stop it where it is."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.killpg(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it and what it started; a worker whose endpoints hang would take its time to end by itself."""
        if self.running:
            os.killpg(self.pid, signal.SIGKILL)
            self.wait(_KILLED_SECONDS)

    def log_tail(self) -> str:
        """Return the last that it wrote."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])

    def cpu_seconds(self) -> float:
        """Return the CPU time that the group has used so far; 0 where the system does not say."""
        ticks = sum(int(fields[_USER]) + int(fields[_SYSTEM]) for fields, _ in self._group())
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """Return the memory that the group has resident; 0 where the system does not say."""
        pages = sum(int((path / "statm").read_text().split()[1]) for _, path in self._group())
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _group(self) -> Iterator[tuple[list[str], Path]]:
        for path in _PROC.glob("[0-9]*"):
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                # It has ended since it was listed.
                continue
            if int(fields[_GROUP]) == self.pid:
                yield fields, path


def python(module: str, *arguments: str) -> list[str]:
    """Return the command line of a module of ours."""
    return [sys.executable, "-m", module, *arguments]
