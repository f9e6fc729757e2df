"""`/healthz` says whether a worker takes what waits, `/readyz` whether it can work now; neither asks Redis."""

import socket
from collections.abc import Iterator

import pytest

from lessonhook.config import Settings
from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from lessonhook.worker.recovery.watchdog import EXIT_DEAF
from tests.support.endpoints.exchange import ACCEPTED, HANGS
from tests.support.observability.telemetry import Telemetry, start_observed
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House
from tests.support.servers.tcp_proxy import Proxy

#: What kombu waits for messages with; everything else goes through, so that the worker looks as well as ever.
LISTENING = b"BRPOP"


@pytest.fixture
def proxy(quick_house: House) -> Iterator[Proxy]:
    """Yield a proxy before the system's server."""
    with Proxy(quick_house.server.port) as standing:
        yield standing


def test_a_worker_that_can_work_reports_ready(observed: Telemetry) -> None:
    """Both checks respond 200 and a word; any other path, where they are."""
    assert observed.check("/healthz") == (200, "consuming\n")
    assert observed.check("/readyz") == (200, "ready\n")
    assert observed.check("/") == (404, "/metrics, /healthz or /readyz\n")


def test_while_redis_is_frozen_it_is_not_ready_and_well(observed: Telemetry, quick_house: House) -> None:
    """No restart of a worker mends Redis: it must not be killed for that, nor counted as able to work."""
    quick_house.server.stop()
    try:
        assert observed.wait_check("/readyz", 503) == "Redis did not reply to the last sweeps\n"
        assert observed.check("/healthz") == (200, "consuming\n")
    finally:
        quick_house.server.cont()
    observed.wait_check("/readyz", 200)


def test_when_redis_was_killed_it_is_ready_again_with_it(observed: Telemetry, quick_house: House) -> None:
    """Gone and come back, on the same port."""
    quick_house.server.kill()
    observed.wait_check("/readyz", 503)
    assert observed.check("/healthz")[0] == 200
    quick_house.server.start()
    observed.wait_check("/readyz", 200)


def test_a_deaf_worker_is_not_well_and_leaves(quick_house: House, proxy: Proxy) -> None:
    """Work waits and none is taken: its check fails while it still runs, then it ends for its supervisor to see."""
    short = {"request_deadline_seconds": 1.0, "lease_margin_seconds": 0.5, "deaf_after_seconds": 4.0}
    by_proxy = {"broker_url_setting": proxy.url_of(0), **short}
    worker, telemetry = start_observed(quick_house, settings=quick_house.settings.model_copy(update=by_proxy))
    proxy.swallow(LISTENING)
    # What it listens with already may still bring one message.
    for customer in [quick_house.customer() for _ in range(2)]:
        customer.publish()
    assert telemetry.wait_check("/healthz", 503) == "work waits, and this worker takes none\n"
    assert worker.running
    assert worker.wait() == EXIT_DEAF


def test_a_worker_that_ends_is_well_and_not_ready(quick_house: House) -> None:
    """It responds until its last delivery is done, so that nobody ends it sooner."""
    worker, telemetry = start_observed(quick_house)
    customer = quick_house.customer()
    customer.respond(HANGS, ACCEPTED)
    customer.publish()
    customer.wait_for_posts(1)
    worker.terminate()
    assert telemetry.wait_check("/readyz", 503) == "stopping\n"
    assert telemetry.check("/healthz") == (200, "consuming\n")
    customer.release()
    assert worker.wait() == 0
    assert telemetry.check("/healthz")[0] == 0


def test_a_port_that_is_taken_stops_no_delivery(quick_house: House) -> None:
    """It is said once, as an error; deliveries go on, and the port is served as soon as it is free."""
    port = free_port()
    with socket.create_server((LOOPBACK, port)):
        worker, telemetry = start_observed(quick_house, port=port)
        customer = quick_house.customer()
        customer.publish()
        customer.wait_for(delivered=1)
        assert worker.logs().count("metrics.not_served") == 1
        assert f"port={port}" in worker.logs()
    telemetry.wait_check("/healthz", 200)
    assert worker.logs().count("metrics.not_served") == 1


def test_nothing_is_served_unless_a_port_is_named(quick_house: House) -> None:
    """A worker opens no port of its own accord."""
    assert Settings().metrics_port is None
    worker = quick_house.workers.start()
    wait_until(quick_house.ledger.heartbeats.last, PATIENCE_SECONDS, "its first sweep")
    assert "metrics." not in worker.logs()
