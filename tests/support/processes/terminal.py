"""A process at a real terminal, as a person sees it: colours, and a picture that moves."""

import os
import pty
import threading
from pathlib import Path

from lessonhook.console.processes import Child
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.child import Process
from tests.support.rooms import ROOT

_SIZE = {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}


class TerminalProcess(Process):
    """A process whose input and outputs are a terminal; what it draws there, control codes included, is its log."""

    def _make_child(self) -> Child:
        ours, theirs = pty.openpty()
        child = Child(self.name, self._command, self._environment | _SIZE, theirs, directory=ROOT)
        os.close(theirs)
        self._reader = threading.Thread(target=_read, args=(ours, self._log), daemon=True)
        self._reader.start()
        return child

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Wait until it has ended and all that it drew is in the log; return how it ended."""
        code = super().wait(seconds)
        self._reader.join(seconds)
        return code


def _read(terminal: int, log: Path) -> None:
    with log.open("ab", buffering=0) as kept:
        try:
            while drawn := os.read(terminal, 65_536):
                kept.write(drawn)
        except OSError:
            # Linux raises this when the other end is closed.
            pass
        finally:
            os.close(terminal)
