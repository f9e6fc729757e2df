"""`lessonhook worker` and `lessonhook flower`: Celery's worker and Flower, with our application and our page."""

import os
import sys
from collections.abc import Sequence

import typer

from lessonhook.console.access import read_settings

APPLICATION = "lessonhook.worker"
_FLOWER = {
    # The loopback, where it needs no password.
    "--address": "127.0.0.1",
    # Whose event it is and how it ended, see `flower_page.task_rows`; what a window may cut off stands on the right.
    # Flower's own choice names the one task that there is in every row.
    "--tasks-columns": "uuid,state,args,result,received",
}
#: For commands that hand their arguments on.
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def celery_command(command: str, *arguments: str) -> list[str]:
    """Answer the command line that runs a command of Celery's in this very Python."""
    return [sys.executable, "-m", "celery", "-A", APPLICATION, command, *arguments]


def flower_command(*arguments: str) -> list[str]:
    """Answer the command line that runs Flower with the Subscribers page; ours are the options that are not given."""
    return [sys.executable, "-m", "lessonhook.console.flower_page", *flower_defaults(arguments), *arguments]


def worker(context: typer.Context) -> None:
    """Start a worker; options are those of `celery worker`, such as `-Q retries` or `--loglevel`."""
    # Said in one line, and not by a traceback of Celery's.
    read_settings()
    _become(celery_command("worker", *context.args))


def flower(context: typer.Context) -> None:
    """Start Flower, with a page of all subscribers, at 127.0.0.1:5555.

    Options are Flower's own. With `--basic-auth=name:password` the page has buttons: resume, pause, replay, send test.
    """
    _become(flower_command(*context.args))


def flower_defaults(given: Sequence[str]) -> list[str]:
    """Answer those of our own options for Flower that are not among the given ones."""
    named = {argument.split("=")[0].replace("_", "-") for argument in given}
    return [f"{option}={value}" for option, value in _FLOWER.items() if option not in named]


def _become(command: list[str]) -> None:
    # This process becomes the other: signals of a supervisor reach it, and its exit code is the one that is seen.
    os.execv(command[0], command)  # noqa: S606 - the program is this Python, the arguments are the caller's own
