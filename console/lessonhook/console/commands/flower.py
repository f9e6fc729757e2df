"""`lessonhook flower`: Flower with our application and our page."""

import os
from typing import Annotated

import typer

from lessonhook.console.access import read_settings
from lessonhook.console.processes import flower_command


def flower(
    context: typer.Context,
    *,
    address: Annotated[
        str, typer.Option(metavar="ADDRESS", show_default=False, help="Where it listens; left out: 127.0.0.1.")
    ] = "",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65_535, metavar="PORT", show_default=False, help="Where it listens; left out: 5555."),
    ] = None,
    basic_auth_file: Annotated[
        str,
        typer.Option(metavar="FILE", help="Who may come in and press the buttons: `name:password` in each line."),
    ] = "",
    allowed_hosts: Annotated[
        str, typer.Option(metavar="NAMES", help="Names by which a proxy in front of it asks for the pages.")
    ] = "",
) -> None:
    """Start Flower, with a page of all subscribers, at 127.0.0.1:5555.

    Behind a password the page has buttons: resume, pause, replay, send test. Without one, Flower serves only localhost
    and addresses in numbers.

    A password is never an argument, because everybody on the machine can read those. FLOWER_BASIC_AUTH in the
    environment may hold `name:password` too.

    Ctrl-C and SIGTERM end it: 0. Further options, as `--name=value`, go to Flower. They are listed at
    https://flower.readthedocs.io/en/latest/config.html
    """
    # A wrong setting is one line here, and would be a traceback in Flower.
    read_settings()
    given = {
        "--address": address,
        "--port": port,
        "--basic-auth-file": basic_auth_file,
        "--allowed-hosts": allowed_hosts,
    }
    command = flower_command(*(f"{name}={value}" for name, value in given.items() if value), *context.args)
    # This process becomes the other one, so that a supervisor's signals reach it and its exit code is the one seen.
    os.execv(command[0], command)  # noqa: S606 - the program is this Python, the arguments are the caller's own
