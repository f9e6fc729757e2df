"""A RabbitMQ for tests: Debian's, started by hand, bound to the loopback, with a port mapper of its own."""

import os
import shutil
import signal
import socket
import tempfile
from pathlib import Path
from typing import Final, Self

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from tests.support.processes.child import Process

_SERVER: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_START_SECONDS: Final = 90.0


def why_no_rabbitmq() -> str:
    """Return why there is none here; "" if there is."""
    return "" if _SERVER.exists() and shutil.which("epmd") else "Debian's rabbitmq-server is not installed"


class RabbitMQ:
    """One broker; its data goes with it."""

    def __init__(self) -> None:
        self.port = free_port()
        self._directory = Path(tempfile.mkdtemp(prefix="lessonhook-rabbitmq-"))
        mapper_port = free_port()
        configuration = self._directory / "rabbitmq.conf"
        configuration.write_text(f"listeners.tcp.1 = {LOOPBACK}:{self.port}\nloopback_users = none\n")
        (self._directory / "plugins").write_text("[].\n")
        environment = {
            "HOME": str(self._directory),
            "ERL_EPMD_PORT": str(mapper_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_NODENAME": f"lessonhook-{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._directory / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self._directory / "data"),
            "RABBITMQ_LOG_BASE": str(self._directory / "log"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
        }
        epmd = [shutil.which("epmd") or "epmd", "-address", LOOPBACK, "-port", str(mapper_port)]
        self._mapper = Process("epmd", epmd, {}, self._directory / "epmd.log")
        self._server = Process("rabbitmq", [str(_SERVER)], environment, self._directory / "rabbitmq.log")

    @property
    def url(self) -> str:
        """The URL of its default virtual host."""
        return f"amqp://guest:guest@{LOOPBACK}:{self.port}//"

    def __enter__(self) -> Self:
        self._mapper.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._mapper.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def start(self) -> None:
        """Start, again if it was ended, and return when it takes connections."""
        self._server.start()
        wait_until(
            lambda: not self._server.running or self._listens(), _START_SECONDS, lambda: self._server.logs()[-2000:]
        )
        assert self._server.running, self._server.logs()

    def stop(self) -> None:
        """End it as a supervisor does."""
        if self._server.running:
            self._server.terminate()
            self._server.wait(_START_SECONDS)

    def freeze(self) -> None:
        """Stop it in its place: connections stay open, and nothing is replied."""
        # Debian's server is a shell, and its child is the broker: both are of one process group.
        os.killpg(self._server.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen broker go on."""
        os.killpg(self._server.pid, signal.SIGCONT)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self.port)) == 0
