"""One child process, ended by its own process id and never by a name."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO


class Child:
    """A process in a session of its own: Ctrl-C reaches us alone, and we end what we started in the right order.

    Each line that it writes goes to `heard`, from a thread of its own.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], heard: Callable[[str], None]
    ) -> None:
        self.name = name
        self._process = subprocess.Popen(  # noqa: S603 - the command line is ours
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(
            target=_read, args=(self._process.stdout, heard), name=f"{name}-output", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        """How it ended: an exit code, or minus the signal that killed it; None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to end, and return at once."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it without asking."""
        if self.running:
            self._process.kill()

    def stop(self, patience_seconds: float) -> bool:
        """Ask it to end and wait for that; kill it after `patience_seconds`, or when the wait is interrupted.

        Answer whether it ended by itself.
        """
        self.terminate()
        try:
            self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            return False
        finally:
            # None that we started may be left behind, a second Ctrl-C notwithstanding.
            self.kill()
            self._process.wait()
            # What it still wrote is in the pipe; a grandchild that keeps the pipe open is not waited for.
            self._reader.join(1.0)
        return True


def _read(stream: IO[bytes] | None, heard: Callable[[str], None]) -> None:
    assert stream is not None  # noqa: S101 - it is a pipe by our own choice
    with stream, contextlib.suppress(ValueError):
        for line in stream:
            heard(line.decode(errors="replace").rstrip("\n"))
