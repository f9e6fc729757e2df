"""Two workers whose clocks are an hour apart: the ledger goes by Redis' own clock, so that theirs do not matter."""

from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.scene import BUSY_SECONDS, Scene
from tests.support.exchange import FAILED, Answer, Post

RETRY_SECONDS: Final = 2.0
#: Debian's package `faketime`; Linux only.
LIBRARY: Final = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


@pytest.mark.skipif(LIBRARY is None, reason="no libfaketime here: apt install faketime")
@pytest.mark.parametrize("hours", ["+1h", pytest.param("-1h", marks=pytest.mark.long)])
def test_retries_come_when_they_are_due(scene: Scene, hours: str) -> None:
    """Neither too early nor an hour late, whichever worker holds the countdown, and each event three times at most."""
    settings = scene.settings.model_copy(update={"retry_delay_seconds": RETRY_SECONDS})

    def fail_twice(post: Post) -> Answer:
        return FAILED if len(scene.recorder.arrived[post.header("webhook-id")]) <= 2 else Answer()

    scene.answer(fail_twice)
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
