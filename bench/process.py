"""A process of the benchmark, with all that it starts itself; what it costs, and its end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

#: The checkout: children run here and find `bench` as this process does.
ROOT: Final = Path(__file__).parents[1]
_PROC: Final = Path("/proc")
#: Of /proc/PID/stat, counted behind the command's name: the process group, then CPU time in user and system mode.
_GROUP, _USER, _SYSTEM = 2, 11, 12
_LOG_TAIL_LINES: Final = 15


class Process:
    """One child in a process group of its own; its output goes to a file."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self.name = name
        self._log = directory / f"{name}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command line is ours
                list(command),
                env={**os.environ, **environment},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """Its process id, which is its group's as well."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raise RuntimeError with the end of its output if it has ended."""
        if not self.running:
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}:\n{self.log_tail()}")

    def wait(self, seconds: float) -> None:
        """Wait until it ends by itself, successfully; raise RuntimeError if it does not."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{self.name} did not end within {seconds:g} s:\n{self.log_tail()}") from None
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
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def log_tail(self) -> str:
        """Answer the last that it wrote."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])

    def cpu_seconds(self) -> float:
        """Answer the CPU time that the group has used so far; 0 where the system does not say."""
        ticks = sum(int(fields[_USER]) + int(fields[_SYSTEM]) for fields, _ in self._group())
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """Answer the memory that the group has resident; 0 where the system does not say."""
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
    """Answer the command line of a module of ours."""
    return [sys.executable, "-m", module, *arguments]
