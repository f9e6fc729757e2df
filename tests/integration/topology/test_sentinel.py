"""One URL by Sentinel reaches ledger and broker, before a failover and after it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
import redis

from lessonhook.console.processes import wait_until
from lessonhook.ledger import Ledger, Policy
from lessonhook.ledger.redis.connection import connect
from lessonhook.producer import PublishFailed
from lessonhook.worker import create_app
from tests.chaos.scene import Scene, chaos_settings, open_scene
from tests.support.endpoints.exchange import Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.servers.failover import Group, running_group


@pytest.fixture
def group(server_kind: str) -> Iterator[Group]:
    """Yield a master with a replica, watched by a Sentinel."""
    with running_group(server_kind) as running:
        yield running


@pytest.fixture
def scene(group: Group, tmp_path: Path) -> Iterator[Scene]:
    """Yield a system that knows nothing but the Sentinel."""
    with open_scene(chaos_settings(group.url), tmp_path) as opened:
        yield opened


def test_the_same_worker_goes_on_after_a_failover(group: Group, scene: Scene) -> None:
    """The replica takes over in the middle of a drain: nothing is lost of what it had, and fresh events go."""
    companies = scene.companies(4)
    scene.respond(Response(delay_seconds=0.02))
    worker = scene.workers.start()
    for company in companies:
        scene.publish(company, 60)
    scene.wait_for_deliveries(40)
    with group.master.client() as master:
        assert master.wait(1, 5_000) == 1
    group.fail_over()

    def publish() -> bool:
        try:
            return bool(scene.publish_again() or scene.publish(companies[0]))
        except PublishFailed:
            return False

    wait_until(publish, PATIENCE_SECONDS, "a fresh event that is taken")
    account = scene.account()
    assert worker.running
    assert account.delivered == account.published >= 241


def test_the_same_worker_goes_on_after_its_master_hangs(group: Group, scene: Scene) -> None:
    """No connection to it ends, neither the ledger's nor the broker's: each must notice that no reply comes."""
    companies = scene.companies(4)
    worker = scene.workers.start()
    for company in companies:
        scene.publish(company, 20)
    scene.wait_for_deliveries(80)
    with group.master.client() as master:
        assert master.wait(1, 5_000) == 1
    group.fail_over(frozen=True)

    def publish() -> bool:
        try:
            return bool(scene.publish_again() or scene.publish(companies[0]))
        except PublishFailed:
            return False

    wait_until(publish, PATIENCE_SECONDS, "a fresh event that is taken")
    scene.wait_for_deliveries(81)
    account = scene.account()
    assert worker.running
    assert account.delivered == account.published >= 81


def test_a_connection_to_a_broker_that_hangs_is_dropped_at_its_first_silence(group: Group) -> None:
    """The next command goes to the new master. redis-py's own connection would stay, and wait once more each time."""
    app = create_app(chaos_settings(group.url))
    app.conf.broker_transport_options |= {"socket_timeout": 0.5}
    with app.connection_for_read() as connection:
        client = connection.default_channel.client
        assert client.ping()
        group.fail_over(frozen=True)
        with pytest.raises(redis.TimeoutError):
            client.ping()
        assert client.ping()


@pytest.mark.parametrize("kept", [0, 8], ids=["of_the_pool", "kept"])
def test_a_master_that_hangs_is_waited_for_once(group: Group, kept: int) -> None:
    """Its machine has lost the network, say, and no connection to it ends; however many there are, one call finds out.

    A worker whose settling waited for one after the other would outlast its lease, and the event would be posted again.
    """
    client = connect(group.url, timeout_seconds=0.5, connect_timeout_seconds=0.5)
    with closing(client), ThreadPoolExecutor(8) as threads:
        ledger = Ledger(client, Policy(), kept_connections=kept)
        at_once = Barrier(8)

        def ask(_number: int) -> int:
            at_once.wait()
            return ledger.lanes.status("acme").recorded

        for _ in range(10):
            list(threads.map(ask, range(8)))
        group.fail_over(frozen=True)
        with pytest.raises(redis.TimeoutError):
            ledger.lanes.status("acme")
        assert [ledger.lanes.status("acme").recorded for _ in range(10)] == [0] * 10
