"""What a worker's health checks say, for moments that the test chooses."""

import time

import pytest

from lessonhook.config import Settings
from lessonhook.worker.runtime.stop_flag import StopFlag
from lessonhook.worker.runtime.vitals import Vitals


@pytest.fixture
def stopping() -> StopFlag:
    """Return the flag that tells a worker to stop."""
    return StopFlag()


@pytest.fixture
def vitals(stopping: StopFlag) -> Vitals:
    """Return the vital signs of a worker that sweeps every five seconds and has just started."""
    return Vitals(Settings(sweep_interval_seconds=5.0), stopping)


def test_a_worker_is_ready_after_its_first_whole_sweep(vitals: Vitals) -> None:
    """Before that, nobody knows whether Redis and the broker reply."""
    now = time.monotonic()
    vitals.sweep_began(now)
    assert vitals.ready(now) == (False, "starting: no sweep has ended yet")
    vitals.sweep_ended(now)
    assert vitals.ready(now) == (True, "ready")


def test_a_worker_is_ready_until_six_sweeps_are_missing(vitals: Vitals) -> None:
    """The same span makes its heartbeat count as alive."""
    vitals.sweep_ended(1_000.0)
    assert vitals.ready(1_030.0).passed
    assert vitals.ready(1_030.1) == (False, "Redis did not reply to the last sweeps")
    vitals.sweep_failed("Redis refuses (READONLY)")
    assert vitals.ready(1_030.1) == (False, "Redis refuses (READONLY)")


def test_a_worker_that_stops_is_not_ready(vitals: Vitals, stopping: StopFlag) -> None:
    """It finishes what it has, and must get nothing new."""
    vitals.sweep_ended(1_000.0)
    stopping.set()
    assert vitals.ready(1_000.0) == (False, "stopping")


def test_an_outage_of_redis_does_not_make_a_worker_unhealthy(vitals: Vitals) -> None:
    """Its sweeps begin and none ends: a restart would not repair Redis."""
    vitals.sweep_ended(1_000.0)
    vitals.sweep_began(9_000.0)
    assert vitals.healthy(9_000.0) == (True, "consuming")
    assert not vitals.ready(9_000.0).passed


def test_a_worker_whose_sweep_stands_still_is_stuck(vitals: Vitals) -> None:
    """Five minutes is longer than any outage keeps one sweep."""
    vitals.sweep_began(1_000.0)
    assert vitals.healthy(1_300.0).passed
    assert vitals.healthy(1_301.0) == (False, "the sweep has stood still for 301 s")


def test_a_worker_that_receives_nothing_while_work_waits_is_not_healthy(vitals: Vitals) -> None:
    """The sweep records it, with what waits."""
    vitals.sweep_began(1_000.0)
    vitals.queues_read(None, consuming=False)
    assert vitals.healthy(1_000.0) == (False, "work waits, and this worker takes none")
    assert vitals.queues == {}
