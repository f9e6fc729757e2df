"""When a worker counts as deaf, on a clock that the test moves."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.worker.recovery.watchdog import EXIT_DEAF, Watchdog
from lessonhook.worker.runtime.stop_flag import StopFlag
from lessonhook.worker.runtime.vitals import Vitals

DEAF_AFTER_SECONDS = 60.0
SWEEP_SECONDS = 5.0


class Exited(BaseException):
    """In place of the process's end."""


class Worker:
    """What a watchdog sees of its worker."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.runtime: Any = SimpleNamespace(
            app=SimpleNamespace(settings=Settings(deaf_after_seconds=DEAF_AFTER_SECONDS)),
            stopping=StopFlag(),
        )
        self.stood_still = 0.0
        self.runtime.vitals = Vitals(self.runtime.app.settings, self.runtime.stopping, lambda: self.stood_still)

    def exit(self, code: int) -> None:
        """End, as `os._exit` does."""
        raise Exited(code)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    """Return a worker that has taken nothing yet."""
    worker = Worker()
    monkeypatch.setattr("lessonhook.worker.recovery.watchdog.time", SimpleNamespace(monotonic=lambda: worker.now))
    monkeypatch.setattr("lessonhook.worker.recovery.watchdog.os", SimpleNamespace(_exit=worker.exit))
    return worker


def looks(
    worker: Worker, watchdog: Watchdog, seconds: float, *, every: float = SWEEP_SECONDS, work_waits: bool = True
) -> Iterator[bool]:
    """Look once a sweep, for so long."""
    ends = worker.now + seconds
    while worker.now < ends:
        worker.now += every
        yield watchdog.check(work_waits=work_waits)


def test_it_warns_at_half_of_the_limit_and_ends_at_the_limit(worker: Worker) -> None:
    """Health has half a minute to see it before the supervisor does."""
    watchdog = Watchdog(worker.runtime)
    seen = looks(worker, watchdog, 300)
    assert [next(seen) for _ in range(12)] == [True] * 6 + [False] * 6
    with pytest.raises(Exited) as exited:
        next(seen)
    assert exited.value.args == (EXIT_DEAF,)


def test_a_worker_that_takes_something_now_and_then_is_not_deaf(worker: Worker) -> None:
    """A queue that is never empty says nothing against a worker that takes from it."""
    watchdog = Watchdog(worker.runtime)
    for consuming in looks(worker, watchdog, 600):
        worker.runtime.vitals.task_taken(worker.now - 4 * SWEEP_SECONDS)
        assert consuming


def test_a_worker_whose_every_slot_waits_for_an_endpoint_is_not_deaf(worker: Worker) -> None:
    """With a deadline of two minutes and endpoints that hang, nothing is taken for two minutes."""
    worker.runtime.app.settings = Settings(deaf_after_seconds=DEAF_AFTER_SECONDS, request_deadline_seconds=120)
    assert all(looks(worker, Watchdog(worker.runtime), 65))
    with pytest.raises(Exited):
        list(looks(worker, Watchdog(worker.runtime), 140))


def test_rare_sweeps_still_find_a_deaf_worker(worker: Worker) -> None:
    """Looked at each 45 s, a limit of 60 s would make each look seem to follow an outage."""
    worker.runtime.app.settings = Settings(deaf_after_seconds=DEAF_AFTER_SECONDS, sweep_interval_seconds=45)
    with pytest.raises(Exited):
        list(looks(worker, Watchdog(worker.runtime), 300, every=45))


def test_an_idle_worker_is_not_deaf(worker: Worker) -> None:
    """Where nothing waits there is nothing to take."""
    assert all(looks(worker, Watchdog(worker.runtime), 600, work_waits=False))


def test_an_outage_is_not_its_silence(worker: Worker) -> None:
    """Nobody looked for ten minutes, since Redis was away: the worker has its whole time from then on."""
    watchdog = Watchdog(worker.runtime)
    assert all(looks(worker, watchdog, 25))
    worker.now += 600
    assert all(looks(worker, watchdog, 25))


def test_a_worker_that_is_told_to_end_takes_nothing_and_is_not_deaf(worker: Worker) -> None:
    """It finishes what it has; the rest is others'."""
    worker.runtime.stopping.set()
    assert all(looks(worker, Watchdog(worker.runtime), 600))


def test_a_worker_whose_loop_is_blocked_ends(worker: Worker) -> None:
    """Every POST runs on the loop: a receiver or a task that blocks it stops them all, whether or not work waits."""
    watchdog = Watchdog(worker.runtime)
    worker.stood_still = DEAF_AFTER_SECONDS - 1
    assert next(looks(worker, watchdog, 10, work_waits=False))
    worker.stood_still = DEAF_AFTER_SECONDS + 1
    assert not worker.runtime.vitals.healthy(worker.now).passed
    with pytest.raises(Exited) as exited:
        next(looks(worker, watchdog, 10, work_waits=False))
    assert exited.value.args == (EXIT_DEAF,)


def test_a_loop_that_stood_still_with_its_whole_process_is_not_blocked(worker: Worker) -> None:
    """A process that was frozen has had no turn yet when the sweep looks first."""
    watchdog = Watchdog(worker.runtime)
    worker.stood_still = 600.0
    assert next(looks(worker, watchdog, 600, every=600.0, work_waits=False))
