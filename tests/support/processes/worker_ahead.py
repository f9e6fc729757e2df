"""A worker whose ledger is ahead of Redis' clock: named in LESSONHOOK_WORKER_IMPORTS."""

import os
from typing import Any, Final

from lessonhook.ledger.transitions.scripts import Scripts

#: The variable with the milliseconds.
AHEAD_MS: Final = "TEST_CLOCK_AHEAD_MS"
_make = Scripts.__init__


def _ahead(self: Scripts, *arguments: Any, **named: Any) -> None:
    _make(self, *arguments, **named)
    self.clock_ahead_ms = int(os.environ[AHEAD_MS])


# A test imports this file for the name of the variable, which it does not have itself.
if AHEAD_MS in os.environ:
    Scripts.__init__ = _ahead  # type: ignore[method-assign]  # the process is a test's own
