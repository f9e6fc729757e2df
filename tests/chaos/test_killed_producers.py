"""kill -9 of an LMS's process in `.delay()`: what it was told is accepted arrives, and so does what it wrote last."""

import sys
from pathlib import Path

from lessonhook.ledger.transitions.keys import key
from tests.chaos.scene import Scene, chaos_settings
from tests.support.environment import environment_of
from tests.support.processes.child import Process
from tests.support.servers.server import Server
from tests.support.servers.tcp_proxy import Proxy


def publishing(scene: Scene, company: str, count: int, directory: Path, broker_url: str | None = None) -> Process:
    """Return the process of an LMS that publishes so many completions."""
    settings = chaos_settings(scene.settings.redis_url, broker_url)
    return Process(
        "the LMS",
        [sys.executable, "-m", "tests.chaos.publishing_loop", company, str(count)],
        environment_of(settings),
        directory / "accepted",
    )


def known_events(scene: Scene, company: str) -> list[str]:
    """Name every event of a company that the ledger has, delivered or not."""
    with scene.ledger.redis.pipeline() as pipe:
        for kind in ("open", "done", "refused"):
            pipe.zrange(key(kind, company), 0, -1)
        return [event_id.decode() for members in pipe.execute() for event_id in members]


def test_while_it_publishes_in_a_loop(scene: Scene, tmp_path: Path) -> None:
    """Every id that it had printed is delivered, and at most one more that it did not live to print."""
    company = scene.company()
    scene.workers.start(ready=False)
    lms = publishing(scene, company, 100_000, tmp_path)
    lms.start()
    scene.wait(lambda: lms.logs().count("\n") >= 200, "200 accepted completions")
    lms.kill()
    printed = lms.logs().split()
    known = known_events(scene, company)
    assert set(printed) <= set(known)
    assert len(known) - len(printed) in {0, 1}
    scene.published[company] = known
    account = scene.account()
    assert (account.delivered, account.repeats) == (len(known), 0)


def test_between_the_record_and_the_message(scene: Scene, redis_server: Server, proxy: Proxy, tmp_path: Path) -> None:
    """Recorded and never published: the sweep publishes it, within the time that a lost message is given."""
    company = scene.company()
    worker = scene.workers.start()
    proxy.go_silent()
    lms = publishing(scene, company, 1, tmp_path, broker_url=proxy.url_of(0))
    lms.start()
    scene.wait(lambda: scene.status(company).recorded == 1, "the record")
    lms.kill()
    assert lms.logs() == ""
    [event_id] = scene.published[company] = known_events(scene, company)
    with redis_server.client() as client:
        assert client.llen("lessonhook:broker:completions") == 0
    account = scene.account()
    assert (account.delivered, account.posts) == (1, 1)
    assert "sweep.published" in worker.logs()
    assert event_id in worker.logs()
