"""One child process, ended by its own process id and never by a name."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from lessonhook.console.processes.waiting import TookTooLong

#: Where a child's output goes: line by line to a callable, or to the end of a file, or to a terminal's descriptor.
Output = Callable[[str], None] | Path | int
#: For the last lines of a child that has ended. A grandchild that keeps the pipe open is not waited for.
_LAST_LINES_SECONDS = 1.0


class Child:
    """A process in a session of its own: Ctrl-C reaches only us, and we end our processes in the right order.

    `output` as a callable is called with each line, from a thread of its own. `directory` is where the process runs.
    `kept` are descriptors that it keeps open, and with them the locks that they hold.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        output: Output,
        *,
        directory: Path | None = None,
        kept: Sequence[int] = (),
    ) -> None:
        self.name = name
        with contextlib.ExitStack() as stack:
            written: int | IO[bytes] = subprocess.PIPE
            if isinstance(output, Path):
                written = stack.enter_context(output.open("ab"))
            elif isinstance(output, int):
                written = output
            self._process = subprocess.Popen(  # noqa: S603 - the command line is ours
                list(command),
                env=dict(environment),
                cwd=directory,
                # A terminal is also what the child reads from.
                stdin=output if isinstance(output, int) else subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                pass_fds=kept,
                start_new_session=True,
            )
        self._reader: threading.Thread | None = None
        if callable(output):
            arguments = (self._process.stdout, output)
            self._reader = threading.Thread(target=_read, args=arguments, name=f"{name}-output", daemon=True)
            self._reader.start()

    @property
    def pid(self) -> int:
        """The process id, which is also its process group's."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended. A frozen process runs."""
        return self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        """How it ended: an exit code, or minus the signal that killed it; None while it runs."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        """Send a signal and return at once. Do nothing if the process has ended."""
        self._process.send_signal(number)

    def terminate(self) -> None:
        """Ask it to end, and return at once."""
        self.send(signal.SIGTERM)

    def kill(self) -> None:
        """End it without asking."""
        self.send(signal.SIGKILL)

    def wait(self, seconds: float) -> int:
        """Wait until it has ended and return how. Raises TookTooLong if it does not end within `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TookTooLong(f"waited {seconds:g} s in vain for the end of {self.name}") from None

    def stop(self, patience_seconds: float) -> bool:
        """Ask it to end and wait for that; kill it after `patience_seconds`, or when the wait is interrupted.

        Return whether it ended by itself.
        """
        self.terminate()
        try:
            self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            return False
        finally:
            # No process of ours may be left behind, even after a second Ctrl-C.
            self.kill()
            self._process.wait()
            if self._reader:
                self._reader.join(_LAST_LINES_SECONDS)
        return True


def _read(stream: IO[bytes] | None, heard: Callable[[str], None]) -> None:
    assert stream is not None  # noqa: S101 - it is a pipe by our own choice
    with stream, contextlib.suppress(ValueError):
        for line in stream:
            heard(line.decode(errors="replace").rstrip("\n"))
