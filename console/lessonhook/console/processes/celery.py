"""The command lines of Celery's worker and of Flower, with our application and our page."""

import sys
from collections.abc import Sequence
from typing import Final

APPLICATION: Final = "lessonhook.worker"
_FLOWER: Final = {
    # The loopback, because Flower asks for no password there.
    "--address": "127.0.0.1",
    # The subscriber and the result, see `flower_page.task_rows`. The columns on the right may be cut off by a window.
    # Flower's own choice has the name of the task in every row, and there is only one task.
    "--tasks-columns": "uuid,state,args,result,received",
}


def celery_command(command: str, *arguments: str, quiet: bool = False) -> list[str]:
    """Return the command line that runs a command of Celery's in this very Python; `quiet` leaves its banner out."""
    of_celery = ["--quiet"] if quiet else []
    return [sys.executable, "-m", "celery", "-A", APPLICATION, *of_celery, command, *arguments]


def flower_command(*arguments: str) -> list[str]:
    """Return the command line that runs Flower with the Subscribers page, with our defaults for what is not given."""
    return [sys.executable, "-m", "lessonhook.console.flower_page", *_defaults(arguments), *arguments]


def _defaults(given: Sequence[str]) -> list[str]:
    named = {argument.split("=")[0].replace("_", "-") for argument in given}
    return [f"{option}={value}" for option, value in _FLOWER.items() if option not in named]
