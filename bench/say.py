"""What a person who waits for the benchmark is told."""

import sys
import time
from typing import Final

_STARTED: Final = time.monotonic()


def say(text: str) -> None:
    """Print a line with the minutes since the start."""
    minutes, seconds = divmod(int(time.monotonic() - _STARTED), 60)
    sys.stdout.write(f"[{minutes:02}:{seconds:02}] {text}\n")
    sys.stdout.flush()
