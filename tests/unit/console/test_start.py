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


def test_no_garbage_is_sought_while_the_commands_are_imported() -> None:
    """What is imported stays to the end; looking through it again and again was a tenth of most commands' time."""
    program = (
        "import gc, sys\n"
        "sys.argv = ['lessonhook', '--version']\n"
        "from lessonhook.console import main\n"
        "assert main() == 0\n"
        "print(gc.isenabled(), gc.get_freeze_count() > 100_000, gc.get_stats()[2]['collections'])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "True True 0"
