"""A process at a real terminal, as a person sees it: colours, and a picture that moves."""

import os
import pty
import subprocess
import threading
from pathlib import Path

from tests.support.processes import ROOT, Process

_SIZE = {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}


class TerminalProcess(Process):
    """A process whose input and outputs are a terminal; what it draws there, control codes included, is its log."""

    def start(self) -> None:
        """Start the process; it is not waited for."""
        ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            self._command, env=self._environment | _SIZE, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self._awaited = False
        self._reader = threading.Thread(target=_read, args=(ours, self._log), daemon=True)
        self._reader.start()

    def wait(self, seconds: float = 20.0) -> int:
        """Wait until it has ended and all that it drew is in the log; answer how it ended."""
        code = super().wait(seconds)
        self._reader.join(seconds)
        return code


def _read(terminal: int, log: Path) -> None:
    with log.open("ab", buffering=0) as kept:
        try:
            while drawn := os.read(terminal, 65_536):
                kept.write(drawn)
        except OSError:
            # What Linux answers when the other end is closed.
            pass
        finally:
            os.close(terminal)
