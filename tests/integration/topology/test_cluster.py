"""A Redis Cluster holds the ledger: the same scripts, each on the node that has its subscriber's shard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MovedError, RedisError

from lessonhook.console.processes import LOOPBACK, free_port
from lessonhook.ledger.redis.connection import connect
from lessonhook.producer import PublishFailed
from tests.chaos.scene import chaos_settings, open_scene
from tests.support.endpoints.exchange import FAILED, Post, Response
from tests.support.servers.cluster import Cluster, running_cluster
from tests.support.servers.key_leaks import keys_without_lifetime
from tests.support.servers.server import Server


@pytest.fixture
def cluster(server_kind: str) -> Iterator[Cluster]:
    """Yield three nodes, which no other test uses."""
    with running_cluster(server_kind) as running:
        yield running


def test_it_holds_the_ledger_with_the_broker_on_another_server(cluster: Cluster, tmp_path: Path) -> None:
    """Deliveries, retries, a pause, a killed worker and the sweep: all is accounted for, each node has a part."""
    with Server() as broker, open_scene(chaos_settings(cluster.url, broker.url), tmp_path) as scene:
        companies = scene.companies(12)
        paused = scene.company("paused")

        def fail_once(post: Post) -> Response:
            first = len(scene.recorder.arrived[post.header("webhook-id")]) == 1
            if post.path == f"/{paused}":
                return Response(status=410)
            return FAILED if first and post.path == "/company-0" else Response(delay_seconds=0.01)

        scene.respond(fail_once)
        scene.publish(paused, 2)
        for company in companies:
            scene.publish(company, 20)
        worker = scene.workers.start()
        scene.wait_for_deliveries(40)
        worker.kill()
        another = scene.workers.start()
        account = scene.account()
        assert (account.delivered, account.held) == (12 * 20, 2)
        assert another.name in {beat.hostname for beat in scene.ledger.heartbeats.last()}
        assert scene.ledger.lanes.subscribers() == sorted([*companies, paused])
        assert "Traceback" not in worker.logs() + another.logs()
    assert all(cluster.keys())
    for node in cluster.nodes:
        with node.client() as client:
            assert not list(keys_without_lifetime(client))


def test_a_worker_starts_while_the_cluster_is_away(cluster: Cluster, tmp_path: Path) -> None:
    """With its port for metrics too, whose figures are the ledger's: it waits, and delivers when that is back."""
    with Server() as broker, open_scene(chaos_settings(cluster.url, broker.url), tmp_path) as scene:
        scene.publish(scene.company())
        port = {"metrics_port": free_port(), "metrics_address": LOOPBACK}
        for node in cluster.nodes:
            node.stop()
        worker = scene.workers.start(settings=scene.settings.model_copy(update=port), ready=False)
        scene.wait(lambda: " ready." in worker.logs() or not worker.running, "a worker that takes messages")
        assert worker.running, worker.logs()
        for node in cluster.nodes:
            node.cont()
        assert scene.account().delivered == 1


def test_a_producer_publishes_again_after_it_was_closed(cluster: Cluster, tmp_path: Path) -> None:
    """As with a single server: closing says that nothing is published for a while."""
    with Server() as broker, open_scene(chaos_settings(cluster.url, broker.url), tmp_path) as scene:
        company = scene.company()
        scene.publish(company)
        scene.producer.close()
        scene.publish(company)
        assert scene.ledger.lanes.status(company).recorded == 2


def test_a_cluster_that_is_down_fails_as_a_single_server_does(cluster: Cluster, tmp_path: Path) -> None:
    """`PublishFailed`, for a producer that is connected and for one that is not yet."""
    with Server() as broker, open_scene(chaos_settings(cluster.url, broker.url), tmp_path) as scene:
        company = scene.company()
        scene.publish(company)
        for node in cluster.nodes:
            node.kill()
        with pytest.raises(PublishFailed):
            scene.publish(company)
        with pytest.raises(RedisConnectionError):
            connect(cluster.url, timeout_seconds=1, connect_timeout_seconds=1)


@pytest.mark.parametrize("redirected", ["COMMAND", "SCAN", "TIME"])
def test_a_redirection_of_what_has_no_key_is_an_error_of_redis(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, redirected: str
) -> None:
    """No server redirects such a command; one that does is not worth a traceback. COMMAND is the first of all."""
    read = Redis.parse_response

    def redirects(client: Redis, connection: Any, command: str, **options: Any) -> Any:
        reply = read(client, connection, command, **options)  # type: ignore[no-untyped-call]  # redis-py leaves it so
        if command == redirected:
            raise MovedError(f"3999 {LOOPBACK}:{cluster.nodes[0].port}")
        return reply

    monkeypatch.setattr(Redis, "parse_response", redirects)

    def ask() -> None:
        client: Any = connect(cluster.url, timeout_seconds=10, connect_timeout_seconds=10)
        list(client.scan_iter())
        client.time(target_nodes="random")

    with pytest.raises(RedisError):
        ask()
