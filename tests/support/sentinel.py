"""A master, a replica and a Sentinel that fails over from one to the other: the same server program, thrice."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.support.ports import LOOPBACK, free_port
from tests.support.processes import Process
from tests.support.servers import VALKEY, Server, binary_of
from tests.support.waiting import wait_until

MASTER: Final = "lessons"
#: After so long without an answer the master counts as down.
_DOWN_AFTER_MS: Final = 1_000
_PATIENCE_SECONDS: Final = 30.0


class Group:
    """Who is the master changes; the URL by the Sentinel does not."""

    def __init__(self, master: Server, replica: Server, sentinel_port: int) -> None:
        self.master = master
        self.replica = replica
        self._sentinel_port = sentinel_port

    @property
    def url(self) -> str:
        """The URL of the ledger and, where no other is set, of the broker."""
        return f"sentinel://{LOOPBACK}:{self._sentinel_port}/{MASTER}"

    def fail_over(self) -> None:
        """Kill the master, and wait until the Sentinel has made the replica the new one."""
        self.master.kill()
        wait_until(lambda: self._master_port() == self.replica.port, _PATIENCE_SECONDS, "the new master")

    def wait_ready(self) -> None:
        """Wait until the replica follows, and the Sentinel knows it."""
        with self._sentinel() as sentinel:
            wait_until(lambda: _followed(sentinel), _PATIENCE_SECONDS, "a replica that the Sentinel would promote")

    def _master_port(self) -> int:
        with self._sentinel() as sentinel:
            address: Any = sentinel.sentinel_get_master_addr_by_name(MASTER)
        return int(address[1])

    def _sentinel(self) -> redis.Redis:
        return redis.Redis(host=LOOPBACK, port=self._sentinel_port)


def _followed(sentinel: redis.Redis) -> bool:
    replicas: Any = sentinel.sentinel_slaves(MASTER)
    return any(replica["master-link-status"] == "ok" and not replica["is_disconnected"] for replica in replicas)


@contextmanager
def running_group(kind: str = VALKEY) -> Iterator[Group]:
    """Start all three, and wait until a failover would succeed."""
    with ExitStack() as stack:
        master = stack.enter_context(Server(kind, append_only=True))
        replica = stack.enter_context(Server(kind, append_only=True))
        with replica.client() as client:
            client.replicaof(LOOPBACK, master.port)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lessonhook-sentinel-")))
        port = free_port()
        sentinel = Process(f"sentinel on port {port}", _command(kind, directory, port, master), {}, directory / "log")
        sentinel.start()
        stack.callback(sentinel.close)
        group = Group(master, replica, port)
        wait_until(lambda: _answers(port), _PATIENCE_SECONDS, f"an answer of {sentinel.name}")
        group.wait_ready()
        yield group


def _command(kind: str, directory: Path, port: int, master: Server) -> list[str]:
    configuration = directory / "sentinel.conf"
    configuration.write_text(
        f"port {port}\nbind {LOOPBACK}\ndir {directory}\n"
        f"sentinel monitor {MASTER} {LOOPBACK} {master.port} 1\n"
        f"sentinel down-after-milliseconds {MASTER} {_DOWN_AFTER_MS}\n"
        f"sentinel failover-timeout {MASTER} 10000\n",
        encoding="utf-8",
    )
    binary = binary_of(kind)
    assert binary is not None
    return [binary, str(configuration), "--sentinel"]


def _answers(port: int) -> bool:
    with redis.Redis(host=LOOPBACK, port=port, retry=Retry(NoBackoff(), 0)) as client:
        try:
            return bool(client.ping())
        except redis.exceptions.ConnectionError:
            return False
