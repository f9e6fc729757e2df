"""Real worker processes: `celery -A … worker` with the environment of a test's settings."""

import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.child import Process
from tests.support.processes.remote_control import Control

LESSONHOOK = "lessonhook.worker"


class Worker(Process):
    """One worker process, and its remote control."""

    def __init__(
        self, node: str, command: Sequence[str], environment: Mapping[str, str], log: Path, settings: Settings
    ) -> None:
        super().__init__(node, command, environment, log)
        self._control = Control(settings, node)

    def ask(self, command: str, *, seconds: float = 5.0, **arguments: Any) -> Any:
        """Return what the worker says to a command of Celery's remote control, or None in silence."""
        return self._control.ask(command, seconds=seconds, **arguments)

    def wait_ready(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Return when the worker consumes. Raises with its output: AssertionError if it ends, TookTooLong if silent."""
        wait_until(
            lambda: not self.running or self._control.responds(), seconds, lambda: f"{self.name}:\n{self.logs()}"
        )
        if not self.running:
            raise AssertionError(f"{self.name} ended with {self.returncode} before it was ready:\n{self.logs()}")


class Workers:
    """Starts the workers of one test, each under a name of its own."""

    def __init__(self, settings: Settings, directory: Path) -> None:
        self._settings = settings
        self._directory = directory
        self._numbers = itertools.count(1)
        self.started: list[Worker] = []

    def start(
        self,
        *,
        application: str = LESSONHOOK,
        settings: Settings | None = None,
        queues: Sequence[str] = (),
        slots: int | None = None,
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        ready: bool = True,
    ) -> Worker:
        """Start a worker and return when it consumes, or at once with `ready=False`.

        `queues` and `slots` left out are the application's own defaults. `options` go to `celery worker` as they are,
        `env` overrides what the settings put into the environment.
        """
        settings = settings or self._settings
        environment = environment_of(settings)
        if slots is not None:
            environment["LESSONHOOK_WORKER_SLOTS"] = str(slots)
        number = next(self._numbers)
        worker = Worker(
            f"worker{number}@test",
            _command(application, f"worker{number}@test", queues, options),
            environment | dict(env or {}),
            self._directory / f"worker{number}.log",
            settings,
        )
        self.started.append(worker)
        worker.start()
        if ready:
            worker.wait_ready()
        return worker


@contextmanager
def running_workers(settings: Settings, directory: Path) -> Iterator[Workers]:
    """Yield the workers of one test; end them after it, show what they wrote, and fail if one had died unnoticed."""
    workers = Workers(settings, directory)
    try:
        yield workers
    finally:
        complaints = [complaint for worker in workers.started if (complaint := worker.close())]
        for worker in workers.started:
            # pytest shows this only where the test failed.
            print(f"---- {worker.name}\n{worker.logs()}")  # noqa: T201  # it is the report of a failed test
    assert not complaints, "; ".join(complaints)


def _command(application: str, node: str, queues: Sequence[str], options: Sequence[str]) -> list[str]:
    consumed = ["--queues", ",".join(queues)] if queues else []
    return [sys.executable, "-m", "celery", "-A", application, "worker", "--hostname", node, *consumed, *options]
