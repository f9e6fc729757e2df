"""`lessonhook worker`: Celery's worker with our application, in one process or in several."""

import os
from typing import Annotated

import typer

from lessonhook.config import COMPLETIONS, RETRIES
from lessonhook.console.access import read_settings
from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.processes import celery_command
from lessonhook.console.worker_processes import Supervisor

_LAST_PORT = 65_535
_QUEUES = (COMPLETIONS, RETRIES)
#: As Celery names them.
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "FATAL")


def worker(
    context: typer.Context,
    *,
    queues: Annotated[
        str, typer.Option("--queues", "-Q", metavar="NAMES", help="`completions` or `retries`; left out: both.")
    ] = "",
    processes: Annotated[
        int | None,
        typer.Option(
            "--processes",
            metavar="NUMBER",
            min=1,
            max=256,
            show_default=False,
            help="Number of processes; left out: LESSONHOOK_WORKER_PROCESSES.",
        ),
    ] = None,
    hostname: Annotated[
        str,
        typer.Option("--hostname", "-n", metavar="NAME", help="The name in Flower; left out: `worker-PID@HOST`."),
    ] = "",
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            "-c",
            metavar="NUMBER",
            min=1,
            show_default=False,
            help="Slots of each process; left out: LESSONHOOK_WORKER_SLOTS.",
        ),
    ] = None,
    loglevel: Annotated[
        str, typer.Option("--loglevel", "-l", metavar="LEVEL", help="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")
    ] = "INFO",
) -> None:
    """Start a worker, which delivers what the LMS publishes.

    With `--processes` one supervisor starts that many and restarts each one that dies, after 1 to 30 seconds. If there
    is one process for each core, each keeps a core of its own. Their names end with `-1`, `-2` and so on; with
    LESSONHOOK_METRICS_PORT each one has the next port.

    SIGTERM and Ctrl-C end it once the POSTs in flight are settled: 0. A second Ctrl-C cancels them. Several processes
    end with 1 if one of them did not end well. A wrong option or setting, or a Redis older than 7.0: 2.

    Further options go to Celery's worker; those that do nothing here are refused.
    `celery --app lessonhook.worker worker --help` lists them.
    """
    unknown = set(filter(None, queues.split(","))) - set(_QUEUES)
    if unknown:
        raise _wrong(f"--queues: there is no queue {', '.join(sorted(unknown))}, only {' and '.join(_QUEUES)}")
    if loglevel.upper() not in _LEVELS:
        raise _wrong(f"--loglevel: there is no level {loglevel}, only {', '.join(_LEVELS)}")
    if context.args:
        _check_further(context.args)
    settings = read_settings()
    options = [*(["--queues", queues] if queues else []), "--loglevel", loglevel]
    options += ["--concurrency", str(concurrency)] if concurrency else []
    options += context.args
    count = processes or settings.worker_processes
    if count == 1:
        own_name = ["--hostname", hostname] if hostname else []
        # This process becomes the other one, so that a supervisor's signals reach it and its exit code is the one seen.
        command = celery_command("worker", *own_name, *options)
        os.execv(command[0], command)  # noqa: S606 - the program is this Python, the arguments are the caller's own
    if {"-D", "--detach", "--pidfile"} & {option.partition("=")[0] for option in context.args}:
        raise _wrong("--detach and --pidfile are for one process: leave out --processes")
    if settings.metrics_port and settings.metrics_port + count - 1 > _LAST_PORT:
        raise _wrong("LESSONHOOK_METRICS_PORT: leaves no port for each process")
    raise typer.Exit(Supervisor(settings, count, name=hostname or None, options=options).run())


def _wrong(text: str) -> Complaint:
    return Complaint(text, ExitCode.WRONG_USAGE)


def _check_further(arguments: list[str]) -> None:
    # Only where it is needed: the worker's half takes a tenth of a second to import, of every command.
    from lessonhook.console.options.celery_options import check_celery_options  # noqa: PLC0415 - as above

    check_celery_options(arguments)
