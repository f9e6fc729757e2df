"""Real servers for tests, Valkey out of its wheel or the machine's Redis: started, frozen, killed, started again."""

import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any, Self

import redis

from lessonhook.console.processes import LOOPBACK, free_port, server_command, server_program, wait_until
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.child import Process

VALKEY = "valkey"
REDIS = "redis"
#: What `TEST_SERVERS` may name.
KINDS = (VALKEY, REDIS)
DATABASES = 16


def binary_of(kind: str) -> str | None:
    """Return where a kind's server program is, or None if this machine has none."""
    if kind == VALKEY:
        return server_program()
    return shutil.which("redis-server")


class Server(Process):
    """One server process on a loopback port of its own, and its data, which outlive a kill and a restart.

    `append_only` writes each change to the append-only file, so that a killed server comes back with its data.
    `config` is any further directive of the server's configuration: `{"maxmemory": "8mb"}`.
    `environment` is what the process gets besides this one's own.
    """

    def __init__(
        self,
        kind: str = VALKEY,
        *,
        append_only: bool = False,
        config: dict[str, str] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        binary = binary_of(kind)
        if binary is None:
            raise RuntimeError(f"no {kind} server is installed here")
        self.kind = kind
        self.port = free_port()
        self._directory = Path(tempfile.mkdtemp(prefix="lessonhook-server-"))
        #: The same server by a Unix socket. The directory's name is short, since a socket's path may have 107 bytes.
        self.socket_path = self._directory / "socket"
        directives = {
            "unixsocket": str(self.socket_path),
            "databases": str(DATABASES),
            # A test kills the process, not the machine: what was written is there, and no disk is waited for.
            "appendfsync": "no",
            "loglevel": "notice",
            **(config or {}),
        }
        command = server_command(
            self.port, self._directory, append_only=append_only, program=binary, directives=directives
        )
        super().__init__(f"{kind} on port {self.port}", command, environment or {}, self._directory / "log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The URL of database 0."""
        return self.url_of(0)

    def url_of(self, database: int) -> str:
        """Return the URL of one database, 0 to 15."""
        return f"redis://{LOOPBACK}:{self.port}/{database}"

    def client(self, database: int = 0, **options: Any) -> redis.Redis:
        """Return a client that gives bytes; the caller closes it."""
        return redis.Redis(host=LOOPBACK, port=self.port, db=database, **options)

    def start(self) -> None:
        """Start the process and return when it responds. Raises TookTooLong with its log if it does not."""
        super().start()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Return when the server responds. Raises with its log: AssertionError if it ends, TookTooLong if silent."""
        wait_until(
            lambda: not self.running or self._responds(), PATIENCE_SECONDS, lambda: f"{self.name}:\n{self.logs()}"
        )
        if not self.running:
            raise AssertionError(f"{self.name} ended before it was ready:\n{self.logs()}")

    def restart(self) -> None:
        """Start again on the same port with the same data, having killed the process if it still runs."""
        if self.running:
            self.kill()
        self.start()

    def copy_data(self) -> Path:
        """Copy the append-only file as it is now, for `crash_back_to`."""
        return Path(shutil.copytree(self._append_only_files, Path(tempfile.mkdtemp(dir=self._directory)) / "copy"))

    def crash_back_to(self, copy: Path) -> None:
        """Do as a crashing machine does, which forgets what was not yet on its disk, and start again."""
        self.kill()
        shutil.rmtree(self._append_only_files)
        shutil.copytree(copy, self._append_only_files)
        self.start()

    @property
    def _append_only_files(self) -> Path:
        return self._directory / "appendonlydir"

    def stop(self) -> None:
        """Freeze the process: connections are accepted by the kernel and nothing is replied."""
        self.send(signal.SIGSTOP)

    def cont(self) -> None:
        """Let a frozen process go on."""
        self.send(signal.SIGCONT)

    def close(self) -> str | None:
        """End the process, frozen or not, and remove its data."""
        complaint = super().close()
        shutil.rmtree(self._directory, ignore_errors=True)
        return complaint

    def _responds(self) -> bool:
        with self.client(socket_timeout=1, socket_connect_timeout=1, retry=None) as client:
            try:
                return bool(client.ping())
            # It does not listen yet, or still loads its append-only file.
            except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):
                return False
