"""How long threads that could have run had to wait for a processor: a busy machine is no fault of what is measured."""

import os
from pathlib import Path
from typing import Final

_THREADS: Final = Path("/proc/self/task")
_MACHINE: Final = Path("/proc/stat")
#: The place of "steal" in the first line of /proc/stat: what a virtual machine's host gave to others.
_STEAL: Final = 8


def waited_seconds() -> float | None:
    """Return the sum of the waits for a processor since all threads of this process began, or None if nobody counts.

    Linux counts them in `schedstat`. The sum over all threads is the longest that a chain of threads, each of which
    waits for the one before, can have been held up. To it comes the time that the machine's host took away. What a
    thread had waited is lost when the thread ends, so the difference of two calls is too small rather than too large.
    """
    try:
        waits = [_wait_seconds(each) for each in _THREADS.iterdir()]
        return sum(waits) + _stolen_seconds()
    except FileNotFoundError:
        return None


def _wait_seconds(thread: Path) -> float:
    try:
        return int((thread / "schedstat").read_text().split()[1]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        # The thread has ended since the folder was listed, or this system does not count.
        if (_THREADS.parent / "schedstat").exists():
            return 0.0
        raise


def _stolen_seconds() -> float:
    with _MACHINE.open() as lines:
        ticks = int(lines.readline().split()[_STEAL])
    return ticks / os.sysconf("SC_CLK_TCK")
