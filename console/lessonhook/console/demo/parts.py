"""The demo's real parts, all on the loopback: a Valkey server, a Celery worker as its own process, an HTTP receiver."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from redis.exceptions import RedisError

from lessonhook.config import Settings
from lessonhook.console.processes import (
    LOOPBACK,
    Child,
    TookTooLong,
    celery_command,
    free_port,
    server_command,
    server_url,
    wait_until,
)
from lessonhook.console.receiver import RecordingReceiver
from lessonhook.desk import Desk
from lessonhook.producer import Producer

#: In place of the five minutes.
RETRY_DELAY_SECONDS: Final = 4
#: What the demo changes of the defaults.
_CHANGED: Final = {
    "LESSONHOOK_RETRY_DELAY_SECONDS": str(RETRY_DELAY_SECONDS),
    # Closed by default, because no callback URL may point into the operator's own network.
    "LESSONHOOK_ALLOWED_PRIVATE_NETWORKS": f'["{LOOPBACK}/32"]',
}
_WORKER: Final = f"demo@{LOOPBACK}"
#: A worker ends when its POSTs in flight have ended, and at the end there are none. One without its Redis hangs.
_STOP_SECONDS: Final = 5.0
_LOG_TAIL_LINES: Final = 25
_KEEP: Final = "keep"


class PartFailed(Exception):
    """A part ended by itself."""


class Parts:
    """The parts while they run."""

    def __init__(
        self, server: Child, worker: Child, receiver: RecordingReceiver, producer: Producer, directory: Path
    ) -> None:
        self.server = server
        self.worker = worker
        self.receiver = receiver
        self.producer = producer
        self.desk = Desk(producer)
        self.directory = directory

    def keep_logs(self) -> Path:
        """Keep the logs when the parts are gone; return the path of the worker's."""
        (self.directory / _KEEP).touch()
        return self.directory / f"{self.worker.name}.log"

    def ended(self, within_seconds: float = 0.0) -> str | None:
        """Return which process has ended by itself, if one has or does within the time; None if not."""
        children = (self.server, self.worker)
        with suppress(TookTooLong):
            wait_until(lambda: not all(child.running for child in children), within_seconds, "an end")
        endings = (
            f"the {child.name} ended by itself with {child.returncode}" for child in children if not child.running
        )
        return next(endings, None)

    def check(self) -> None:
        """Raise PartFailed if one of the processes has ended."""
        if ended := self.ended():
            raise PartFailed(ended)

    def server_replies(self) -> bool:
        """Return whether the server replies."""
        self.check()
        try:
            return bool(self.producer.ledger.redis.ping())
        except RedisError:
            return False

    def worker_replies(self) -> bool:
        """Return whether the worker consumes; its remote control is the last thing that it starts."""
        self.check()
        return bool(self.producer.app.control.ping(destination=[_WORKER], timeout=0.5))

    def log_tail(self) -> str:
        """Return the last lines of the worker's log."""
        lines = (self.directory / f"{self.worker.name}.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])


@contextmanager
def running_parts() -> Iterator[Parts]:
    """Start the parts without waiting for them; end them in order, the worker first, whatever happens."""
    port = free_port()
    environment = _environment(server_url(port))
    with ExitStack() as stack:
        directory = stack.enter_context(_directory())
        receiver = stack.enter_context(RecordingReceiver().listening())
        server = _start(stack, directory, "server", server_command(port, directory, append_only=False), environment)
        worker = _start(stack, directory, "worker", celery_command("worker", "--hostname", _WORKER), environment)
        parts = Parts(server, worker, receiver, Producer(Settings()), directory)
        yield parts


@contextmanager
def _directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="lessonhook-demo-"))
    try:
        yield directory
    finally:
        if not (directory / _KEEP).exists():
            shutil.rmtree(directory, ignore_errors=True)


def _environment(redis_url: str) -> dict[str, str]:
    """Return the environment of the processes, and make it this process' own; the caller's settings do not apply."""
    for name in [name for name in os.environ if name.startswith("LESSONHOOK_")]:
        del os.environ[name]
    os.environ.update({"LESSONHOOK_REDIS_URL": redis_url, **_CHANGED})
    return dict(os.environ)


def _start(stack: ExitStack, directory: Path, name: str, command: list[str], environment: dict[str, str]) -> Child:
    child = Child(name, command, environment, directory / f"{name}.log")
    stack.callback(child.stop, _STOP_SECONDS)
    return child
