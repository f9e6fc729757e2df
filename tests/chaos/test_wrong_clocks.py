"""Wrong clocks: the ledger goes by Redis' own, so that those of workers do not matter; and that one may step."""

from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from tests.chaos.scene import BUSY_SECONDS, Scene, chaos_settings, open_scene
from tests.support.endpoints.exchange import FAILED, Post, Response
from tests.support.patience import PATIENCE_SECONDS
from tests.support.servers.server import Server

RETRY_SECONDS: Final = 2.0
#: Debian's package `faketime`; Linux only.
LIBRARY: Final = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


pytestmark = pytest.mark.skipif(LIBRARY is None, reason="no libfaketime here: apt install faketime")


@pytest.mark.parametrize("hours", ["+1h", pytest.param("-1h", marks=pytest.mark.long)])
def test_retries_come_when_they_are_due(scene: Scene, hours: str) -> None:
    """Neither too early nor an hour late, whichever worker holds the countdown, and each event three times at most."""
    settings = scene.settings.model_copy(update={"retry_delay_seconds": RETRY_SECONDS})

    def fail_twice(post: Post) -> Response:
        return FAILED if len(scene.recorder.arrived[post.header("webhook-id")]) <= 2 else Response()

    scene.respond(fail_twice)
    other = {"LD_PRELOAD": str(LIBRARY), "FAKETIME": hours, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    skewed = scene.workers.start(settings=settings, env=other, ready=False)
    straight = scene.workers.start(settings=settings, ready=False)
    for worker in (skewed, straight):
        worker.wait_ready()
    for company in scene.companies(12):
        scene.publish(company)
    account = scene.account()
    assert (account.delivered, account.posts, account.repeats) == (12, 36, 0)
    for worker in (skewed, straight):
        assert "delivery.failed" in worker.logs(), f"{worker.name} had no part in it"
    grace = 2 * settings.sweep_interval_seconds
    for times in scene.recorder.arrived.values():
        for before, after in pairwise(times):
            assert RETRY_SECONDS <= after - before <= RETRY_SECONDS + grace + BUSY_SECONDS


def settings_of(server: Server) -> Settings:
    """Return settings under which a retry waits for long enough to see a clock step meanwhile."""
    return chaos_settings(server.url).model_copy(update={"retry_delay_seconds": 10.0, "request_deadline_seconds": 60.0})


@pytest.mark.parametrize("step", ["+3600", "-3600"], ids=["ahead", "back"])
def test_redis_own_clock_steps(tmp_path: Path, step: str) -> None:
    """Under work: fresh events go as ever. Ahead, retries are due at once; back, they come as if it had not stepped."""
    offset = tmp_path / "offset"
    offset.write_text("+0")
    faked = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }

    def fail_once(post: Post) -> Response:
        first = len(scene.recorder.arrived[post.header("webhook-id")]) == 1
        return FAILED if first and post.path == "/failing" else Response(delay_seconds=0.02)

    with (
        Server(append_only=True, environment=faked) as server,
        open_scene(settings_of(server), tmp_path) as scene,
        server.client() as client,
    ):
        scene.respond(fail_once)
        scene.workers.start()
        companies = scene.companies(4)
        for company in companies:
            scene.publish(company, 60)
        # After those that take long on a busy machine: its retry must not be over before the step.
        scene.publish(scene.company("failing"))
        scene.wait(lambda: scene.total("retrying") == 1, "a retry that waits")
        before = client.time()[0]
        offset.write_text(step)
        wait_until(lambda: abs(client.time()[0] - before) > 3_000, PATIENCE_SECONDS, "the step")
        for company in companies:
            scene.publish(company, 10)
        account = scene.account()
        assert (account.delivered, account.posts - account.repeats) == (4 * 70 + 1, 4 * 70 + 2)
        assert all(scene.leases_lost(event_id) >= times for event_id, times in account.repeated.items())
