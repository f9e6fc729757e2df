"""The search for the costliest response tells a busy machine from a fault of ours."""

import os
import subprocess
import sys

import pytest

from lessonhook.console.processes import wait_until
from tests.fuzz.processor_wait import waited_seconds
from tests.fuzz.response_inputs import Response
from tests.fuzz.responses import LIMITS, Attempt, Worst


def attempt(*, late_seconds: float = 0.0, waited_seconds: float | None = 0.0, is_fault: bool = False) -> Attempt:
    """Return an attempt that cost nothing but what is named."""
    return Attempt("TCP", Response((b"",), 0.0, closes=True), 0.01, 1_000, late_seconds, waited_seconds, "ok", is_fault)


@pytest.mark.parametrize(
    ("made", "is_too_much"),
    [
        (attempt(late_seconds=0.1), False),
        (attempt(late_seconds=3.0, waited_seconds=2.9), False),
        (attempt(late_seconds=3.0, waited_seconds=0.1), True),
        (attempt(late_seconds=3.0, waited_seconds=None), True),
        (attempt(is_fault=True), True),
    ],
    ids=["in time", "the machine was busy", "hung", "hung, and nobody counts", "a fault of ours"],
)
def test_only_lateness_that_no_wait_for_a_processor_explains_is_too_much(made: Attempt, is_too_much: bool) -> None:
    """A machine that has no processor free for three seconds is no endpoint that holds a worker for three."""
    worst = Worst()
    worst.add(attempt())
    worst.add(made)
    assert worst.is_too_much is is_too_much
    assert ("beyond a limit" in str(worst)) is is_too_much


def test_the_worst_of_each_kind_is_told_with_its_wait() -> None:
    """Two attempts can be the worst: the latest one, and the latest without the machine's part."""
    worst = Worst()
    worst.add(attempt(late_seconds=0.9, waited_seconds=0.8))
    worst.add(attempt(late_seconds=0.3, waited_seconds=0.0))
    text = str(worst)
    assert "time over the deadline: 0.9000, threads waited 0.8000 s" in text
    assert "explains: 0.3000, threads waited 0.0000 s" in text
    assert set(LIMITS) <= set(Worst.TITLES)


def test_a_wait_for_a_processor_is_counted() -> None:
    """Two programs that have one processor between them wait for each other."""
    before = waited_seconds()
    if before is None:
        pytest.skip("this system does not count waits for a processor")
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        wait_until(lambda: sum(range(1_000_000)) and (waited_seconds() or 0) > before + 0.05, 60, "a wait")
    finally:
        other.kill()
        other.wait()
        os.sched_setaffinity(0, allowed)
