"""A master, a replica, and a Sentinel that fails over from the one to the other."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import redis

from lessonhook.console.processes import LOOPBACK, wait_until
from tests.support.patience import PATIENCE_SECONDS
from tests.support.servers.sentinel import MASTER, Sentinel
from tests.support.servers.server import VALKEY, Server

#: After so long without a response the master counts as down.
_DOWN_AFTER_MS: Final = 1_000
_FAILOVER_TIMEOUT_MS: Final = 10_000


class Group:
    """Who is the master changes; the URL by the Sentinel does not."""

    def __init__(self, master: Server, replica: Server, sentinel: Sentinel) -> None:
        self.master = master
        self.replica = replica
        self._sentinel = sentinel

    @property
    def url(self) -> str:
        """The URL of the ledger and, where no other is set, of the broker."""
        return f"sentinel://{LOOPBACK}:{self._sentinel.port}/{MASTER}"

    def fail_over(self, *, frozen: bool = False) -> None:
        """Kill the master, or freeze it, and wait until the Sentinel has made the replica the new one."""
        self.master.stop() if frozen else self.master.kill()
        wait_until(lambda: self._master_port() == self.replica.port, PATIENCE_SECONDS, "the new master")

    def get_ready(self) -> None:
        """Have a short patience with the master, and wait until the replica could take its place."""
        with self._client() as client:
            client.sentinel_set(MASTER, "down-after-milliseconds", _DOWN_AFTER_MS)
            client.sentinel_set(MASTER, "failover-timeout", _FAILOVER_TIMEOUT_MS)
            wait_until(lambda: _followed(client), PATIENCE_SECONDS, "a replica that the Sentinel would promote")

    def _master_port(self) -> int:
        with self._client() as client:
            address: Any = client.sentinel_get_master_addr_by_name(MASTER)
        return int(address[1])

    def _client(self) -> redis.Redis:
        return redis.Redis(host=LOOPBACK, port=self._sentinel.port)


def _followed(client: redis.Redis) -> bool:
    replicas: Any = client.sentinel_slaves(MASTER)
    return any(replica["master-link-status"] == "ok" and not replica["is_disconnected"] for replica in replicas)


@contextmanager
def running_group(kind: str = VALKEY) -> Iterator[Group]:
    """Start all three, and wait until a failover would succeed."""
    with ExitStack() as stack:
        master = stack.enter_context(Server(kind, append_only=True))
        replica = stack.enter_context(Server(kind, append_only=True))
        with replica.client() as client:
            client.replicaof(LOOPBACK, master.port)
        group = Group(master, replica, stack.enter_context(Sentinel(master)))
        group.get_ready()
        yield group
