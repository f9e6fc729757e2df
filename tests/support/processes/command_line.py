"""The command line as a shell runs it, but in the test's own process: arguments in, exit code and both outputs out."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple


class Ran(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it wrote for scripts."""
        return json.loads(self.out)


#: Runs a command: `cli("events", "acme", "--json")`.
Cli = Callable[..., Ran]
