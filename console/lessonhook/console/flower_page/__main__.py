"""Starts Flower with the Subscribers page; options and `FLOWER_…` variables are Flower's own."""

import atexit
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from flower import command
from flower.urls import settings
from tornado.options import Error, options

from lessonhook.console.access import open_desk_in_any_case
from lessonhook.console.exits import Complaint, ExitCode, explained
from lessonhook.console.flower_page.application import add_pages
from lessonhook.console.flower_page.guards import GuardedFlower
from lessonhook.console.flower_page.own_options import BASIC_AUTH, read_basic_auth
from lessonhook.console.flower_page.task_rows import shown
from lessonhook.worker import app


def main() -> None:
    """Serve until Ctrl-C or SIGTERM, in the steps of `celery flower`, which cannot be given a page."""
    # The name by which Flower's help calls itself.
    sys.argv[0] = "lessonhook flower"
    with explained():
        _configure(sys.argv[1:])
        desk = open_desk_in_any_case()
        flower = GuardedFlower(allowed_hosts=options.allowed_hosts, capp=app, options=options, **settings)
        add_pages(flower, desk)
        atexit.register(flower.stop)
        signal.signal(signal.SIGTERM, command.sigterm_handler)
        port = _listen(flower)
    command.print_banner(app, "ssl_options" in settings, port)
    with suppress(KeyboardInterrupt, SystemExit):
        flower.start()


def _configure(arguments: Sequence[str]) -> None:
    for argument in arguments:
        # Flower ignores an option that it does not know: a misspelt --basic-auth would leave the page open.
        if not command.is_flower_option(argument):
            name = argument.partition("=")[0]
            fault = f"{name}: Flower has no such option" if name.startswith("-") else "write options as --name=value"
            raise _wrong(f"{fault}; see `lessonhook flower --help`")
        if argument.lstrip("-").partition("=")[0].replace("_", "-") == BASIC_AUTH:
            raise _wrong(
                "--basic-auth: everybody on this machine can read an argument; put name:password into a file for "
                "--basic-auth-file=FILE, or into the variable FLOWER_BASIC_AUTH"
            )
    try:
        command.apply_env_options()
        command.apply_options(sys.argv[0], arguments)
    except Error as error:
        raise _wrong(str(error)) from None
    except ValueError:
        raise _wrong("an option of Flower's has a value of the wrong kind") from None
    if options.basic_auth_file:
        options.basic_auth = read_basic_auth(options.basic_auth_file)
    if options.format_task is None:
        options.format_task = shown
    command.extract_settings()
    command.setup_logging()


def _listen(flower: GuardedFlower) -> int | None:
    try:
        port: int | None = flower.start_http_server()
    except OSError as error:
        where = options.unix_socket or f"{options.address}:{options.port}"
        raise Complaint(f"can't listen at {where}: {error.strerror}; choose another --port") from None
    return port


def _wrong(text: str) -> Complaint:
    return Complaint(text, ExitCode.WRONG_USAGE)


if __name__ == "__main__":
    main()
