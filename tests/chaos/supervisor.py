"""What starts a worker again when it ends, as systemd and Kubernetes do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.processes.workers import Worker

_LOOK_EVERY_SECONDS = 0.05
#: What Celery logs when it consumes.
_READY = b" ready."


class Supervisor:
    """Keeps one worker running, and remembers how it ended each time."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.exits: list[int] = []
        self._log = worker._log
        #: Where in the log its last start begins.
        self._started_at = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    @property
    def ready(self) -> bool:
        """Whether the worker has consumed since it was started last."""
        with self._log.open("rb") as log:
            log.seek(self._started_at)
            return _READY in log.read()

    def kill(self) -> None:
        """End the worker by SIGKILL, and start it again."""
        with self._lock:
            self.worker.kill()
            self._start_again()

    def begin(self) -> None:
        """Watch from now on."""
        self._thread.start()

    def end(self) -> None:
        """Watch no more; the worker stays as it is."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY_SECONDS):
            with self._lock:
                if not self.worker.running:
                    self._start_again()

    def _start_again(self) -> None:
        self.exits.append(self.worker.wait())
        self._started_at = self._log.stat().st_size
        self.worker.start()


@contextmanager
def supervised(worker: Worker) -> Iterator[Supervisor]:
    """Start a worker again whenever it ends."""
    supervisor = Supervisor(worker)
    supervisor.begin()
    try:
        yield supervisor
    finally:
        supervisor.end()
