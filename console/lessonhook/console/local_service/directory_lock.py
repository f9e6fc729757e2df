"""One `lessonhook run` for a directory: two servers would write one append-only file, and lose what they confirmed."""

import fcntl
import os
from pathlib import Path
from typing import Final

from lessonhook.console.exits import Complaint

_MODE: Final = 0o600
_PID_BYTES: Final = 20


def lock_directory(directory: Path) -> int:
    """Lock a directory and return the descriptor that holds the lock; raise a Complaint if it is taken.

    The lock ends with the last process that has the descriptor. The server keeps it as well, because it outlives a
    `lessonhook run` that is killed.
    """
    holder = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, _MODE)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        server = os.pread(holder, _PID_BYTES, 0).decode(errors="replace").strip()
        os.close(holder)
        named = f" (its server is process {server})" if server else ""
        raise Complaint(
            f"{directory} is used by another `lessonhook run`{named}: end that one, or choose another directory with "
            "--data. If it was killed, its server still runs: end that process"
        ) from None
    os.ftruncate(holder, 0)
    return holder


def name_server(holder: int, pid: int) -> None:
    """Write into the lock's file which process serves the directory."""
    os.pwrite(holder, f"{pid}\n".encode(), 0)
