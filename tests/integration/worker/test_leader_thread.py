"""What one worker at a time does, again and again: the lead, and what the log says of a job that fails."""

import threading
from collections.abc import Callable

import redis
from structlog.testing import capture_logs

from lessonhook.config import Settings
from lessonhook.console.processes import wait_until
from lessonhook.worker import create_app
from lessonhook.worker.runtime.leader_thread import LeaderThread
from lessonhook.worker.runtime.runtime import Runtime
from tests.support.patience import PATIENCE_SECONDS


class _Job(LeaderThread):
    def __init__(self, runtime: Runtime, do: Callable[[], None]) -> None:
        super().__init__(runtime, name="a_job", leader_key="lessonhook:a-job-leader", pause_seconds=0.01)
        self._do = do

    def look(self) -> None:
        if self._leads():
            self._do()


def test_a_failure_is_logged_once_and_the_next_look_tries_again(settings: Settings) -> None:
    """One line while Redis is away, a traceback for a fault of ours, and the job goes on after both."""
    errors = iter([redis.ConnectionError("away")] * 3 + [ValueError("ours")])
    well = threading.Event()

    def do() -> None:
        for error in errors:
            raise error
        well.set()

    job = _Job(create_app(settings).runtime, do)
    with capture_logs() as logs:
        job.start()
        assert well.wait(PATIENCE_SECONDS)
        job.stop()
    told = [
        (line["log_level"], line.get("error"), bool(line.get("exc_info")))
        for line in logs
        if line["event"] == "a_job.failed"
    ]
    assert told == [("warning", "ConnectionError", False), ("error", None, True)]


def test_one_leads_and_another_takes_over_when_it_ends(settings: Settings) -> None:
    """At once, and not when the lock of the first one expires."""
    done: list[str] = []
    first = _Job(create_app(settings).runtime, lambda: done.append("first"))
    second = _Job(create_app(settings).runtime, lambda: done.append("second"))
    first.start()
    wait_until(lambda: "first" in done, PATIENCE_SECONDS, "the first one's job")
    second.start()
    seen = len(done)
    wait_until(lambda: len(done) > seen + 20, PATIENCE_SECONDS, "some more of it")
    assert set(done) == {"first"}
    first.stop()
    wait_until(lambda: "second" in done, PATIENCE_SECONDS, "the second one's job")
    second.stop()
