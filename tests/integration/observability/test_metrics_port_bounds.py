"""With any number of connections to the metrics port, the worker delivers and its checks are served."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from lessonhook.console.processes import LOOPBACK, wait_until
from lessonhook.worker.monitoring.metrics_port import CONNECTION_LIMIT, CONNECTION_SECONDS
from tests.support.observability.telemetry import Telemetry
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House

CROWD = 200


@contextlib.contextmanager
def crowd_at(port: int) -> Iterator[list[socket.socket]]:
    """Open many connections that have sent the beginning of a request, and send no end of it."""
    with contextlib.ExitStack() as opened:
        connections = []
        for _ in range(CROWD):
            connection = opened.enter_context(socket.create_connection((LOOPBACK, port), PATIENCE_SECONDS))
            connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
            connections.append(connection)
        yield connections


def is_closed(connection: socket.socket) -> bool:
    """Return whether the worker has ended a connection; send a byte on it if not, as a drip does."""
    connection.settimeout(0.05)
    try:
        connection.sendall(b"a")
        return connection.recv(1_024) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def threads_of(process: int) -> int:
    """Return how many threads a process has."""
    return len(list(Path(f"/proc/{process}/task").iterdir()))


def test_a_crowd_of_connections_takes_neither_threads_nor_checks(observed: Telemetry, quick_house: House) -> None:
    """Of a crowd, the newest stay; a check is served beside them, and a healthy company is delivered to."""
    pid = quick_house.worker.pid
    before = threads_of(pid)
    with crowd_at(observed.port):
        observed.wait_check("/healthz", 200)
        wait_until(
            lambda: threads_of(pid) <= before + CONNECTION_LIMIT + 1, PATIENCE_SECONDS, "the crowd's threads to end"
        )
        customer = quick_house.customer()
        customer.publish_many(5)
        customer.wait_for(delivered=5)
        observed.wait_check("/readyz", 200)


def test_a_drip_is_cut(observed: Telemetry) -> None:
    """A byte now and then keeps no connection open."""
    started = time.monotonic()
    with socket.create_connection((LOOPBACK, observed.port), PATIENCE_SECONDS) as drip:
        drip.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
        wait_until(lambda: is_closed(drip), PATIENCE_SECONDS + CONNECTION_SECONDS, "the drip to be cut")
    assert time.monotonic() - started >= CONNECTION_SECONDS / 2
