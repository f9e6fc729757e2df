"""Runs several worker processes as one: one signal ends all of them, and one exit code says how they ended."""

import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

import structlog

from lessonhook.config import Settings, configure_logging
from lessonhook.console.exits import ExitCode
from lessonhook.console.worker_processes.cores import cores_for
from lessonhook.console.worker_processes.member import Member

_log = structlog.get_logger("lessonhook.supervisor")
#: Between two looks at the processes: how late one that has ended is noticed.
_LOOK_EVERY_SECONDS: Final = 0.2
#: The processes run in sessions of their own, so a terminal's Ctrl-C reaches the supervisor alone.
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


class Supervisor:
    """The first signal ends all processes warmly. A second one cancels their tasks, a third one kills them."""

    def __init__(self, settings: Settings, processes: int, *, name: str | None, options: Sequence[str]) -> None:
        self._settings = settings
        self._signals = 0
        self._obeyed = 0
        self._members = [
            Member(number, _command(core, node_name(name, number), options), process_environment(settings, number))
            for number, core in enumerate(cores_for(processes), start=1)
        ]

    def run(self) -> ExitCode:
        """Run until all processes have ended for good. Return 0 if each one ended as it was told to."""
        configure_logging(self._settings.log_format)
        for number in _SIGNALS:
            signal.signal(number, self._count)
        while not all(member.is_over for member in self._members):
            for member in self._members:
                member.look()
            if self._is_unusable and not self._obeyed:
                # No restart mends a wrong option or setting, and the others have the same ones.
                self._signals = max(self._signals, 1)
            self._obey()
            time.sleep(_LOOK_EVERY_SECONDS)  # a signal and the end of a child are seen at the next look
        if self._is_unusable:
            return ExitCode.WRONG_USAGE
        ended_well = all(member.ended_with in {None, ExitCode.WELL} for member in self._members)
        return ExitCode.WELL if ended_well else ExitCode.NOT_WELL

    @property
    def _is_unusable(self) -> bool:
        return any(member.ended_with == ExitCode.WRONG_USAGE for member in self._members)

    def _count(self, number: int, _frame: Any) -> None:
        # Only counted here: a signal may come while a process is being started, which would miss it.
        self._signals = max(self._signals + 1, 2 if number == signal.SIGQUIT else 1)

    def _obey(self) -> None:
        if self._signals == self._obeyed:
            return
        self._obeyed = self._signals
        wanted = {1: signal.SIGTERM, 2: signal.SIGQUIT}.get(self._signals, signal.SIGKILL)
        _log.info("supervisor.stopping", signal=wanted.name)
        for member in self._members:
            member.start_no_more()
            if member.child:
                member.child.send(wanted)


def node_name(name: str | None, number: int) -> str:
    """Return the node name of one process: `completions@web` becomes `completions-2@web`."""
    local, _, host = (name or f"worker-{os.getpid()}").partition("@")
    return f"{local}-{number}@{host or socket.gethostname()}"


def _command(core: str, node: str, options: Sequence[str]) -> list[str]:
    module = "lessonhook.console.worker_processes"
    return [sys.executable, "-m", module, core, str(os.getpid()), "--hostname", node, *options]


def process_environment(settings: Settings, number: int) -> dict[str, str]:
    """Give each process a port of its own for its metrics: the setting's, the next one, and so on."""
    environment = dict(os.environ)
    if settings.metrics_port:
        environment["LESSONHOOK_METRICS_PORT"] = str(settings.metrics_port + number - 1)
    return environment
