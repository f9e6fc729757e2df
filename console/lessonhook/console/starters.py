"""`lessonhook worker` and `lessonhook flower`: Celery's own commands with our application."""

import os
import sys
from collections.abc import Sequence

import typer

APPLICATION = "lessonhook.worker"
#: For commands that hand their arguments on.
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def celery_command(command: str, *arguments: str) -> list[str]:
    """Answer the command line that runs a command of Celery's in this very Python."""
    return [sys.executable, "-m", "celery", "-A", APPLICATION, command, *arguments]


def worker(context: typer.Context) -> None:
    """Start a worker; options are those of `celery worker`, such as `-Q retries` or `--loglevel`."""
    _become(celery_command("worker", *context.args))


def flower(context: typer.Context) -> None:
    """Start Flower at 127.0.0.1:5555; options are Flower's own, such as `--basic-auth=name:password`."""
    _become(celery_command("flower", *flower_defaults(context.args), *context.args))


def flower_defaults(given: Sequence[str]) -> list[str]:
    """Answer the options that keep Flower on the loopback, where it needs no password, unless an address is given."""
    named = any(argument.split("=")[0] == "--address" for argument in given)
    return [] if named else ["--address=127.0.0.1"]


def _become(command: list[str]) -> None:
    # This process becomes Celery: signals of a supervisor reach it, and its exit code is the one that is seen.
    os.execv(command[0], command)  # noqa: S606 - the program is this Python, the arguments are the caller's own
