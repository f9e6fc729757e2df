"""What starts a worker again when it ends, as systemd and Kubernetes do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.workers import Worker

_LOOK_EVERY_SECONDS = 0.05


class Supervisor:
    """Keeps one worker running, and remembers how it ended each time."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.exits: list[int] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY_SECONDS):
            if not self.worker.running:
                self.exits.append(self.worker.wait())
                self.worker.start()

    def begin(self) -> None:
        """Watch from now on."""
        self._thread.start()

    def end(self) -> None:
        """Watch no more; the worker stays as it is."""
        self._over.set()
        self._thread.join()


@contextmanager
def supervised(worker: Worker) -> Iterator[Supervisor]:
    """Start a worker again whenever it ends."""
    supervisor = Supervisor(worker)
    supervisor.begin()
    try:
        yield supervisor
    finally:
        supervisor.end()
