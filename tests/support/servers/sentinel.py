"""A real Sentinel that watches one server of a test."""

import shutil
import tempfile
from pathlib import Path
from typing import Self

import redis

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.child import Process
from tests.support.servers.server import Server, binary_of

MASTER = "lessons"


class Sentinel(Process):
    """One Sentinel process, which names a server as the master `lessons`."""

    def __init__(self, server: Server) -> None:
        self.port = free_port()
        self._directory = Path(tempfile.mkdtemp(prefix="lessonhook-sentinel-"))
        # Sentinel writes into its own configuration what it learns.
        configuration = self._directory / "sentinel.conf"
        configuration.write_text(
            f"bind {LOOPBACK}\nport {self.port}\ndir {self._directory}\n"
            f"sentinel monitor {MASTER} {LOOPBACK} {server.port} 1\n"
        )
        command = [str(binary_of(server.kind)), str(configuration), "--sentinel"]
        super().__init__(f"sentinel on port {self.port}", command, {}, self._directory / "log")

    def __enter__(self) -> Self:
        self.start()
        self.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def wait_ready(self) -> None:
        """Return when it names the master. Raises AssertionError with its output if it does not."""
        wait_until(
            lambda: not self.running or self._names_the_master(), PATIENCE_SECONDS, f"the master's name by {self.name}"
        )
        super().wait_ready()

    def _names_the_master(self) -> bool:
        with redis.Redis(LOOPBACK, self.port, socket_timeout=1) as client:
            try:
                return bool(client.sentinel_get_master_addr_by_name(MASTER))
            except redis.exceptions.ConnectionError:
                return False
