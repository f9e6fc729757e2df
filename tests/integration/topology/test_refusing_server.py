"""A server that refuses to serve for a while, or for ever under its old connections: nobody ends, nobody is stuck."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from lessonhook.producer import Producer, PublishFailed, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.endpoints.receiver import Receiver
from tests.support.people.producing import running_producer
from tests.support.processes.workers import running_workers
from tests.support.servers.server import Server
from tests.support.servers.tcp_proxy import Proxy
from tests.support.shortened import short_settings

#: A bound for a hang. The worker tries again every two seconds.
_PATIENCE_SECONDS = 40.0
_WAITS = "Cannot connect to redis"


def subscribe(producer: Producer, receiver: Receiver) -> None:
    """Save acme's subscription."""
    producer.subscriptions.put(Subscription(subscriber="acme", callback_url=receiver.url("/acme")))


def delivered(producer: Producer) -> int:
    """Return how many of acme's events are delivered."""
    return producer.ledger.lanes.status("acme").delivered


@pytest.mark.parametrize("fault", ["a replica", "a full disk"])
def test_a_worker_waits_while_its_broker_refuses_writes(
    own_server: Server, server: Server, tmp_path: Path, receiver: Receiver, fault: str
) -> None:
    """A broker of its own that still reads: nothing can be taken from it, so /readyz says so; and then it goes on."""
    port = free_port()
    settings = short_settings(server.url).model_copy(
        update={"broker_url_setting": own_server.url, "metrics_port": port, "metrics_address": LOOPBACK}
    )
    with (
        running_producer(settings) as producer,
        running_workers(settings, tmp_path) as workers,
        own_server.client() as client,
    ):
        subscribe(producer, receiver)
        worker = workers.start()
        wait_until(lambda: readiness(port)[0], _PATIENCE_SECONDS, worker.logs)
        if fault == "a replica":
            client.replicaof(LOOPBACK, 1)
        else:
            client.config_set("min-replicas-to-write", 1)
        # Until a sweep has failed, it says that none has ended lately.
        code = "READONLY" if fault == "a replica" else "NOREPLICAS"
        wait_until(lambda: f"Redis refuses ({code})" in readiness(port)[1], _PATIENCE_SECONDS, worker.logs)
        producer.send_completion.delay(sample_event("acme", "meanwhile"))
        if fault == "a replica":
            client.replicaof("NO", "ONE")
        else:
            client.config_set("min-replicas-to-write", 0)
        wait_until(lambda: delivered(producer) == 1, _PATIENCE_SECONDS, worker.logs)
        wait_until(lambda: readiness(port)[0], _PATIENCE_SECONDS, worker.logs)
        assert worker.running


def readiness(port: int) -> tuple[bool, str]:
    """Ask `/readyz` of a worker."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        return response.status == http.client.OK, response.read().decode()
    except OSError as error:
        return False, type(error).__name__
    finally:
        connection.close()


@pytest.mark.parametrize("fault", ["a replica", "a full disk"])
def test_a_worker_waits_while_its_server_refuses_writes(
    own_server: Server, tmp_path: Path, receiver: Receiver, fault: str
) -> None:
    """It says why, in its log and by /readyz' reason; the same process delivers when that is over."""
    settings = short_settings(own_server.url)
    with (
        running_producer(settings) as producer,
        running_workers(settings, tmp_path) as workers,
        own_server.client() as client,
    ):
        subscribe(producer, receiver)
        worker = workers.start(options=["--loglevel", "INFO"])
        if fault == "a replica":
            client.replicaof(LOOPBACK, 1)
        else:
            client.config_set("min-replicas-to-write", 1)
        wait_until(lambda: not worker.running or _WAITS in worker.logs(), _PATIENCE_SECONDS, worker.logs)
        with pytest.raises(PublishFailed, match=r"READONLY|NOREPLICAS"):
            producer.send_completion.delay(sample_event("acme", "meanwhile"))
        wait_until(lambda: "sweep.failed" in worker.logs(), _PATIENCE_SECONDS, worker.logs)
        if fault == "a replica":
            client.replicaof("NO", "ONE")
        else:
            client.config_set("min-replicas-to-write", 0)
        producer.send_completion.delay(sample_event("acme", "afterwards"))
        wait_until(lambda: delivered(producer) == 1, _PATIENCE_SECONDS, worker.logs)
        assert worker.running


@pytest.fixture
def moving(own_server: Server, server_kind: str) -> Iterator[tuple[Proxy, Server]]:
    """Return an address that leads to a server, and the replica that it will lead to."""
    with Server(server_kind, append_only=True) as replica, Proxy(own_server.port) as address:
        with replica.client() as client:
            client.replicaof(LOOPBACK, own_server.port)
            wait_until(
                lambda: client.info("replication")["master_link_status"] == "up",
                _PATIENCE_SECONDS,
                "a replica that follows",
            )
        yield address, replica


@pytest.mark.parametrize("broker_apart", [False, True])
def test_an_address_that_moves_leaves_nobody_with_the_demoted_master(
    own_server: Server,
    moving: tuple[Proxy, Server],
    server: Server,
    tmp_path: Path,
    receiver: Receiver,
    *,
    broker_apart: bool,
) -> None:
    """A failover demotes the old master and leaves its connections open: the LMS and the worker find the new one."""
    address, replica = moving
    apart = {"broker_url_setting": server.url if broker_apart else None}
    settings = short_settings(address.url_of(0)).model_copy(update=apart)
    with running_producer(settings) as producer, running_workers(settings, tmp_path) as workers:
        subscribe(producer, receiver)
        worker = workers.start()
        producer.send_completion.delay(sample_event("acme", "before"))
        wait_until(lambda: delivered(producer) == 1, _PATIENCE_SECONDS, worker.logs)
        with replica.client() as new, own_server.client() as old:
            new.replicaof("NO", "ONE")
            address.lead_to(replica.port)
            old.replicaof(LOOPBACK, replica.port)
        # At the first call: the refusal closes the connection, and the next one is to the new master.
        producer.send_completion.delay(sample_event("acme", "after"))
        wait_until(lambda: delivered(producer) == 2, _PATIENCE_SECONDS, worker.logs)
        assert worker.running
