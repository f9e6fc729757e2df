"""A worker whose connection to the broker is half open hears nothing and sees no error: it notices, and leaves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lessonhook.worker.recovery.watchdog import EXIT_DEAF
from tests.chaos.scene import Scene, chaos_settings, open_scene
from tests.support.servers.server import Server
from tests.support.servers.tcp_proxy import Proxy

DEAF_AFTER_SECONDS = 2.0
#: What kombu waits for messages with; everything else goes through, so that the worker looks as well as ever.
LISTENING = b"BRPOP"


@pytest.fixture
def half_open(redis_server: Server, proxy: Proxy, tmp_path: Path) -> Iterator[Scene]:
    """Yield a system whose workers reach the broker, but not the ledger, through the proxy."""
    direct = chaos_settings(redis_server.url).model_copy(update={"deaf_after_seconds": DEAF_AFTER_SECONDS})
    by_proxy = direct.model_copy(update={"broker_url_setting": proxy.url_of(0)})
    with open_scene(direct, tmp_path, worker_settings=by_proxy) as opened:
        yield opened


def test_it_leaves_and_is_seen_to_be_deaf_before(half_open: Scene, proxy: Proxy) -> None:
    """Work waits and none is taken: health says so, then the worker ends with 70, and the next one delivers."""
    scene = half_open
    company = scene.company()
    worker = scene.workers.start()
    scene.publish(company)
    scene.wait_for_deliveries(1)
    proxy.swallow(LISTENING)
    # The one that it listens with already may still bring one message.
    scene.publish(company)
    scene.publish(scene.company("umbrella"))
    scene.wait(lambda: not consuming(scene), "a heartbeat that says so")
    assert worker.running
    assert worker.wait() == EXIT_DEAF
    assert "worker.deaf" in worker.logs()
    scene.workers.start(settings=scene.settings)
    account = scene.account()
    assert (account.delivered, account.repeats) == (account.published, 0)
    assert consuming(scene)


def test_kombu_leaves_a_half_open_connection_by_itself(redis_server: Server, proxy: Proxy, tmp_path: Path) -> None:
    """Its BRPOP has no reply; long before the watchdog would end the worker, it listens on a new connection."""
    direct = chaos_settings(redis_server.url)
    by_proxy = direct.model_copy(update={"broker_url_setting": proxy.url_of(0)})
    assert by_proxy.deaf_after_seconds == 60
    with open_scene(direct, tmp_path, worker_settings=by_proxy) as scene:
        worker = scene.workers.start()
        scene.publish(scene.company())
        scene.wait_for_deliveries(1)
        proxy.swallow(LISTENING)
        # The one that it listens with already may still bring one message.
        scene.publish("acme")
        scene.publish(scene.company("umbrella"))
        scene.wait(lambda: not consuming(scene), "a heartbeat that says so")
        proxy.swallow_no_more()
        account = scene.account()
        assert (account.delivered, account.repeats) == (3, 0)
        assert worker.running
        assert worker.logs().count("worker.deaf") == 0


def consuming(scene: Scene) -> bool:
    """Return what the last heartbeat of any worker says."""
    return max(scene.ledger.heartbeats.last(), key=lambda beat: beat.at).consuming
