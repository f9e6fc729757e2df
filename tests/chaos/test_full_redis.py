"""Redis at `maxmemory` with `noeviction`: nothing new is taken, nothing that was taken is lost."""

from pathlib import Path
from typing import Final

import pytest

from lessonhook.producer import PublishFailed
from tests.chaos.scene import Scene, chaos_settings, open_scene
from tests.support.endpoints.exchange import ACCEPTED, HANGS
from tests.support.servers.server import Server

NO_LIMIT: Final = 0
#: Less than any server holds: whatever is there is too much.
FULL: Final = 1


def limit(server: Server, maxmemory: int) -> None:
    """Set how many bytes a server may hold; it says so to the next command that writes."""
    with server.client() as client:
        client.config_set("maxmemory", maxmemory)


def test_of_the_ledger_alone(redis_server: Server, tmp_path: Path) -> None:
    """`.delay()` fails cleanly; what was accepted is delivered to its end, what a killed worker held included."""
    with Server() as broker, open_scene(chaos_settings(redis_server.url, broker.url), tmp_path) as scene:
        companies = scene.companies(3)
        worker = scene.workers.start()
        scene.respond(HANGS)
        for company in companies:
            scene.publish(company, 50)
        scene.receiver.wait_for(3)
        limit(redis_server, FULL)
        with pytest.raises(PublishFailed, match=r"\(OOM\)"):
            scene.publish(companies[0])
        scene.respond(ACCEPTED)
        worker.kill()
        another = scene.workers.start()
        account = scene.account()
        assert (account.delivered, account.repeats) == (150, 0)
        assert [beat.hostname for beat in scene.ledger.heartbeats.last()] == [worker.name, another.name]
        limit(redis_server, NO_LIMIT)
        assert scene.publish_again() == 1
        assert scene.account().delivered == 151


def test_of_ledger_and_broker_in_one(scene: Scene, redis_server: Server) -> None:
    """A worker can't take a message, says so, and waits until there is room; nothing is lost."""
    companies = scene.companies(3)
    for company in companies:
        scene.publish(company, 50)
    limit(redis_server, FULL)
    with pytest.raises(PublishFailed, match=r"\(OOM\)"):
        scene.publish(companies[0])
    worker = scene.workers.start(ready=False)
    scene.wait(lambda: "OutOfMemory" in worker.logs() or not worker.running, "a worker that waits, and says why")
    limit(redis_server, NO_LIMIT)
    assert scene.publish_again() == 1
    account = scene.account()
    assert worker.running
    assert (account.delivered, account.repeats) == (151, 0)
