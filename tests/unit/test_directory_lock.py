"""Two `lessonhook run` would share one append-only file, and lose what they confirmed."""

import os
from pathlib import Path

import pytest

from lessonhook.console.exits import Complaint
from lessonhook.console.local_service.directory_lock import lock_directory


def test_a_directory_is_used_by_one_service(tmp_path: Path) -> None:
    """The second one is refused in words; when the first has ended, the directory is free."""
    holder = lock_directory(tmp_path)
    with pytest.raises(Complaint, match="another `lessonhook run`"):
        lock_directory(tmp_path)
    os.close(holder)
    os.close(lock_directory(tmp_path))
