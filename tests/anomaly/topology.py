"""How servers stand behind a world's doors: one Redis, two, a Sentinel's, a Cluster, or RabbitMQ as the broker."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from tests.anomaly.amqp_door import AmqpDoor
from tests.anomaly.doors import Door
from tests.anomaly.redis_door import RedisDoor
from tests.anomaly.trigger import Trigger
from tests.support.loop_server import ServingLoop
from tests.support.servers.rabbitmq import RabbitMQ
from tests.support.servers.sentinel import MASTER, Sentinel
from tests.support.servers.server import Server

#: The processes that have doors of their own.
SIDES: Final = ("lms", "worker", "tool", "flower")
#: By this name a connection to a Cluster says that it is nobody's whom a fault may strike.
_WATCHER: Final = "watcher"
_NODES: Final = 3
_SLOTS: Final = 16_384


class Topology(StrEnum):
    """Where the ledger and the broker are."""

    #: Ledger and broker in one Redis, as by default.
    TOGETHER = "together"
    #: A Redis for each.
    APART = "apart"
    #: Both in one Redis, whose address a Sentinel tells.
    SENTINEL = "sentinel"
    #: The ledger in a Redis Cluster, the broker in a Redis.
    CLUSTER = "cluster"
    #: The ledger in a Redis, the broker a RabbitMQ.
    RABBITMQ = "rabbitmq"


@dataclass(slots=True)
class Stage:
    """Servers, their doors, and the URLs by which each process knows them."""

    #: By `side.store`.
    triggers: dict[str, Trigger] = field(default_factory=dict)
    ledger_urls: dict[str, str] = field(default_factory=dict)
    broker_urls: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(SIDES))
    #: The ledger and the broker, past all doors.
    direct_ledger: str = ""
    direct_broker: str | None = None


class _Builder:
    """Starts servers and opens doors, all of which the stack ends."""

    def __init__(self, stack: ExitStack, loop: ServingLoop, scripts: dict[bytes, str]) -> None:
        self.stage = Stage()
        self.stack = stack
        self._loop = loop
        self._scripts = scripts

    def open(self, door: Door) -> int:
        """Open a door, and return its port."""
        door.open()
        self.stack.callback(door.close)
        return door.port

    def trigger(self, name: str) -> Trigger:
        """Make the trigger of a door."""
        made = self.stage.triggers[name] = Trigger()
        return made

    def redis_port(self, name: str, server: Server) -> int:
        """Open a door before a Redis, for one side alone."""
        return self.open(RedisDoor(server.port, self._loop, {"": self.trigger(name)}, self._scripts))

    def redis(self, name: str, server: Server) -> str:
        """Open a door before a Redis, and return its URL."""
        return f"redis://{LOOPBACK}:{self.redis_port(name, server)}/0"

    def amqp(self, name: str, broker: RabbitMQ) -> str:
        """Open a door before a RabbitMQ, and return its URL."""
        port = self.open(AmqpDoor(broker.port, self._loop, {"": self.trigger(name)}))
        return f"amqp://guest:guest@{LOOPBACK}:{port}//"

    def node(self, number: int, node: Server) -> RedisDoor:
        """Open a door before a node of a Cluster, which has one address for everybody: who asks says its name."""
        triggers = {side: self.trigger(f"{side}.node{number}") for side in SIDES}
        door = RedisDoor(node.port, self._loop, triggers, self._scripts)
        self.open(door)
        return door


@contextmanager
def open_stage(topology: Topology, loop: ServingLoop, scripts: dict[bytes, str]) -> Iterator[Stage]:
    """Start the servers of a topology, and open a door before each for each side."""
    with ExitStack() as stack:
        builder = _Builder(stack, loop, scripts)
        if topology is Topology.CLUSTER:
            _cluster(builder, loop, scripts)
        else:
            server = stack.enter_context(Server())
            builder.stage.direct_ledger = server.url
            if topology is Topology.SENTINEL:
                _sentinel(builder, server)
            else:
                store = "redis" if topology is Topology.TOGETHER else "ledger"
                builder.stage.ledger_urls = {side: builder.redis(f"{side}.{store}", server) for side in SIDES}
        if topology in {Topology.APART, Topology.CLUSTER}:
            broker = stack.enter_context(Server())
            builder.stage.direct_broker = broker.url
            builder.stage.broker_urls = {side: builder.redis(f"{side}.broker", broker) for side in SIDES}
        if topology is Topology.RABBITMQ:
            rabbit = stack.enter_context(RabbitMQ())
            builder.stage.direct_broker = rabbit.url
            builder.stage.broker_urls = {side: builder.amqp(f"{side}.amqp", rabbit) for side in SIDES}
        yield builder.stage


def _sentinel(builder: _Builder, server: Server) -> None:
    """Have a Sentinel for each side, which knows the server by that side's door."""
    for side in SIDES:
        behind = _Address(server.kind, builder.redis_port(f"{side}.redis", server))
        sentinel = builder.stack.enter_context(Sentinel(behind))  # type: ignore[arg-type]  # its kind and port are all
        builder.stage.ledger_urls[side] = f"sentinel://{LOOPBACK}:{sentinel.port}/{MASTER}"


@dataclass(frozen=True, slots=True)
class _Address:
    kind: str
    port: int


def _cluster(builder: _Builder, loop: ServingLoop, scripts: dict[bytes, str]) -> None:
    """Start three nodes that announce the ports of their doors."""
    del loop, scripts
    nodes = []
    for number in range(1, _NODES + 1):
        bus_port = free_port()
        config = {"cluster-enabled": "yes", "cluster-port": str(bus_port), "cluster-node-timeout": "5000"}
        node = builder.stack.enter_context(Server(config=config))
        nodes.append((node, bus_port, builder.node(number, node)))
    first, first_bus, _ = nodes[0]
    for number, (node, _, door) in enumerate(nodes):
        with node.client() as client:
            client.config_set("cluster-announce-port", door.port)
            lowest, highest = _SLOTS * number // _NODES, _SLOTS * (number + 1) // _NODES - 1
            client.execute_command("CLUSTER ADDSLOTSRANGE", lowest, highest)
            client.execute_command("CLUSTER MEET", LOOPBACK, first.port, first_bus)
    for node, _, _ in nodes:
        wait_until(lambda node=node: _knows_all(node), 30, "a cluster that agrees")  # type: ignore[misc]
    url = f"redis+cluster://{LOOPBACK}:{nodes[0][2].port}"
    builder.stage.ledger_urls = {side: f"{url}?client_name={side}" for side in SIDES}
    builder.stage.direct_ledger = f"{url}?client_name={_WATCHER}"


def _knows_all(node: Server) -> bool:
    with node.client() as client:
        info: Any = client.execute_command("CLUSTER INFO")
        shards: Any = client.execute_command("CLUSTER SLOTS")
    return info["cluster_state"] == "ok" and int(info["cluster_known_nodes"]) == _NODES and bool(shards)
