"""A Redis Cluster of three nodes for tests: the same server program, each node with a third of the slots."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final

import redis

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from tests.support.patience import PATIENCE_SECONDS
from tests.support.servers.server import VALKEY, Server

_NODES: Final = 3
_SLOTS: Final = 16_384


class Cluster:
    """Three nodes that make one cluster."""

    def __init__(self, nodes: list[Server]) -> None:
        self.nodes = nodes

    @property
    def url(self) -> str:
        """The ledger's URL; one node is enough to find the others."""
        return f"redis+cluster://{LOOPBACK}:{self.nodes[0].port}"

    def client(self) -> redis.RedisCluster:
        """Return a client that knows all nodes; the caller closes it."""
        return redis.RedisCluster(host=LOOPBACK, port=self.nodes[0].port)

    def keys(self) -> list[set[str]]:
        """Return the names of the keys that each node holds."""
        held = []
        for node in self.nodes:
            with node.client() as client:
                held.append({name.decode() for name in client.scan_iter(count=1_000)})
        return held


@contextmanager
def running_cluster(kind: str = VALKEY, *, node: Callable[..., Server] = Server) -> Iterator[Cluster]:
    """Start three nodes, give each its slots, introduce them, and wait until they agree.

    `node` makes each of them, and is given the kind and its directives.
    """
    with ExitStack() as stack:
        nodes = []
        for _ in range(_NODES):
            bus = {"cluster-enabled": "yes", "cluster-port": str(free_port()), "cluster-node-timeout": "2000"}
            nodes.append((stack.enter_context(node(kind, config=bus)), int(bus["cluster-port"])))
        (first, bus_port), *_ = nodes
        for number, (server, _) in enumerate(nodes):
            lowest, highest = (_SLOTS * number // _NODES, _SLOTS * (number + 1) // _NODES - 1)
            with server.client() as client:
                client.execute_command("CLUSTER ADDSLOTSRANGE", lowest, highest)
                client.execute_command("CLUSTER MEET", LOOPBACK, first.port, bus_port)
        for server, _ in nodes:
            wait_until(partial(_knows_all, server), PATIENCE_SECONDS, f"the cluster, as {server.name} sees it")
        yield Cluster([server for server, _ in nodes])


def _knows_all(node: Server) -> bool:
    with node.client() as client:
        info: Any = client.execute_command("CLUSTER INFO")
    return bool(info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == _NODES)
