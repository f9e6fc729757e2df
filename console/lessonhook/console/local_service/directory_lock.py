"""One `lessonhook run` for a directory: two servers would write one append-only file, and lose what they confirmed."""

import fcntl
import os
from pathlib import Path
from typing import Final

from lessonhook.console.exits import Complaint

_MODE: Final = 0o600


def lock_directory(directory: Path) -> int:
    """Lock a directory for as long as this process runs, and return what holds the lock; raise a Complaint if taken."""
    holder = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, _MODE)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(holder)
        raise Complaint(
            f"{directory} is used by another `lessonhook run`: end that one, or choose another directory with --data"
        ) from None
    return holder
