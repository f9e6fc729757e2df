"""How soon a command begins: each imports the commands of all, and so none may import what a single one needs."""

import subprocess
import sys
from typing import Final

#: What takes long to import, and only one command needs.
_UNWANTED: Final = ("lessonhook.worker", "requests", "flower", "tornado", "lessonhook.page")


def test_the_command_line_imports_nothing_of_the_worker_s_and_the_pages() -> None:
    """`doctor` alone tries the worker's client; a third of the time of every other command was its import."""
    program = f"import sys, lessonhook.console.cli; print([name for name in {_UNWANTED!r} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
