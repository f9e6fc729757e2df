"""What pytest-celery drives in place of containers: real processes, so that its tests run without a container engine.

pytest-celery's nodes and clusters ask little of a container: a name, a status, logs, kill, restart, ready, teardown.
"""

import signal as signals
from typing import Any

from pytest_celery import CeleryTestContainer

from tests.support.processes.child import Process
from tests.support.processes.workers import Worker
from tests.support.servers.server import Server

_RUNNING = "running"
_EXITED = "exited"


class ProcessContainer(CeleryTestContainer):
    """A process that looks like a container."""

    #: What the node's name has behind the `@`: all nodes of a test are on one "host".
    id = "test"

    def __init__(self, process: Process) -> None:
        # The base class would keep a container of an engine here, and asks for nothing else.
        self._process = process

    @property
    def name(self) -> str:
        """The process's name."""
        return self._process.name

    @property
    def status(self) -> str:
        """As an engine says it."""
        return _RUNNING if self._process.running else _EXITED

    def logs(self) -> str:
        """Return what the process wrote, restarts included."""
        return self._process.logs()

    def kill(self, signal: str | int = "SIGKILL") -> None:
        """Send a signal, named or numbered; return when the process is gone if that is what the signal does."""
        number = signals.Signals[signal] if isinstance(signal, str) else signals.Signals(signal)
        if number is signals.SIGKILL:
            self._process.kill()
        elif number is signals.SIGTERM:
            self._process.terminate()
        else:
            self._process.send(number)

    def restart(self, timeout: float = 10) -> None:
        """End the process within `timeout` seconds, by SIGTERM, and start it again; return when it is ready."""
        if self._process.running:
            self._process.terminate()
            self._process.wait(timeout)
        self._process.start()
        self.ready()

    def reload(self) -> None:
        """Read the state anew: a process's state is always read anew."""

    def ready(self) -> bool:
        """Wait until the process does its work. Raises AssertionError with its output if it does not."""
        self._process.wait_ready()
        return True

    def teardown(self) -> None:
        """End the process. Raises AssertionError if it had died unnoticed."""
        complaint = self._process.close()
        assert complaint is None, complaint


class ServerContainer(ProcessContainer):
    """A Valkey or Redis server."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._url = server.url

    @property
    def celeryconfig(self) -> dict[str, Any]:
        """Where the server is, for workers and for the test: there is one network for both."""
        return {"url": self._url, "host_url": self._url}


class WorkerContainer(ProcessContainer):
    """A Celery worker."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(worker)
        self._worker = worker

    def worker_name(self) -> str:
        """Return the node's name before the `@`."""
        return self._worker.name.partition("@")[0]
