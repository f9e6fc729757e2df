"""Opens a file of lines that a command reads, or the standard input."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.views import output

_STDIN: Final = "-"


@contextmanager
def opened(file: str, what: str) -> Iterator[BinaryIO]:
    """Yield FILE, or the standard input for `-`; at a keyboard, say `what` is read. Raises a Complaint."""
    if file == _STDIN:
        if sys.stdin.buffer.isatty():
            output.err().print(f"reading {what}; Ctrl-D ends them")
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115 - closed below; an error of reading it is none of opening it
    except OSError as error:
        raise Complaint(f"FILE can't be read: {error.strerror}", ExitCode.WRONG_USAGE) from None
    with stream:
        yield stream
