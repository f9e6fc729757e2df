"""Two `lessonhook run` would share one append-only file, and lose what they confirmed."""

import os
from pathlib import Path

import pytest

from lessonhook.console.exits import Complaint
from lessonhook.console.local_service.directory_lock import lock_directory, name_server


def test_a_directory_is_used_by_one_service(tmp_path: Path) -> None:
    """The second one is refused in words; when the first has ended, the directory is free."""
    holder = lock_directory(tmp_path)
    with pytest.raises(Complaint, match="another `lessonhook run`: end that one"):
        lock_directory(tmp_path)
    name_server(holder, 4711)
    with pytest.raises(Complaint, match="its server is process 4711"):
        lock_directory(tmp_path)
    os.close(holder)
    os.close(lock_directory(tmp_path))
