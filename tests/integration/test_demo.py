"""`lessonhook demo`, run as a person runs it: its account, and what is left when it is stopped or a part dies."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lessonhook.console.processes import wait_until
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.child import Process
from tests.support.processes.terminal import TerminalProcess

#: Imports, starts and two retry delays, on a machine with no time to spare.
_DEMO_SECONDS = 120.0
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Process]:
    """Yield the demo, started, with a file for its output."""
    yield from running_demo(Process, tmp_path)


@pytest.fixture
def demo_at_a_terminal(tmp_path: Path) -> Iterator[Process]:
    """Yield the demo, started, at a terminal."""
    yield from running_demo(TerminalProcess, tmp_path)


def running_demo(kind: type[Process], directory: Path) -> Iterator[Process]:
    """Yield the demo, started; its caller's own settings must not change it."""
    process = kind(
        "demo",
        [sys.executable, "-m", "lessonhook.console", "demo"],
        {"LESSONHOOK_ATTEMPTS": "1", "TMPDIR": str(directory)},
        directory / "demo.log",
    )
    process.start()
    yield process
    if process.running:
        # Asked to end, not killed: it has processes of its own to end.
        process.send(signal.SIGINT)
    process.wait()
    # pytest shows this only where the test failed.
    print(process.logs())  # noqa: T201  # it is the report of a failed test


def parts(demo: Process) -> dict[str, int]:
    """Return the processes that the demo names in its header, once it has."""
    found = wait_until(
        lambda: re.findall(r"(Valkey|worker) \(process (\d+)\)", demo.logs()), PATIENCE_SECONDS, "the demo's header"
    )
    return {name: int(pid) for name, pid in found}


def running(pid: int) -> bool:
    """Return whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_chapter(demo: Process, number: int) -> None:
    """Return when a chapter has begun."""
    wait_until(lambda: f"\n{number}. " in demo.logs() or not demo.running, PATIENCE_SECONDS, f"chapter {number}")


def test_every_event_is_accounted_for(demo: Process, tmp_path: Path) -> None:
    """All delivered, each accepted once, the failed attempts repeated and no more; exit code 0; nothing is left."""
    assert demo.wait(_DEMO_SECONDS) == 0
    shown = demo.logs()
    published, delivered, posts, accepted, failed, repeats = map(
        int, re.findall(r"\d+", next(line for line in shown.splitlines() if line.startswith("all ")))
    )
    assert published == delivered == accepted
    assert posts == accepted + failed
    # Each failed attempt was made up for by a repeat, and nothing else was ever repeated.
    assert failed == repeats >= 3
    assert shown.count("  ok  ") == 5
    assert "  no  " not in shown
    assert re.search(r"attempt 3 of #\d+ at +8\.\d s: status 503", shown)
    assert "outage-airline: paused" in shown
    assert "8 events held; POSTs in the 4 s since the pause: 0" in shown
    assert not list(tmp_path.glob("lessonhook-demo-*"))
    assert not any(running(pid) for pid in parts(demo).values())


def test_at_a_terminal_the_lanes_are_seen_while_something_is_awaited(demo_at_a_terminal: Process) -> None:
    """From before the server replies to the outage; Ctrl-C leaves the terminal with its cursor, and no traceback."""
    demo = demo_at_a_terminal
    wait_until(lambda: "waiting for attempt 2" in demo.logs() or not demo.running, PATIENCE_SECONDS, demo.logs)
    # The table of the lanes, drawn anew each time that it changes.
    assert re.search(r"outage-airline .*failing.*outage-airline: \d failed in a row", demo.logs(), re.DOTALL)
    demo.send(signal.SIGINT)
    assert demo.wait() == 130
    assert demo.logs().rindex(SHOW_CURSOR) > demo.logs().rindex(HIDE_CURSOR)
    assert "Traceback" not in demo.logs()


def test_ctrl_c_stops_everything(demo: Process, tmp_path: Path) -> None:
    """In the middle of the story: 130, no traceback, no process and no directory left."""
    started = parts(demo)
    wait_for_chapter(demo, 2)
    demo.send(signal.SIGINT)
    assert demo.wait() == 130
    assert demo.logs().endswith("lessonhook: stopped; every process is ended\n")
    assert "Traceback" not in demo.logs()
    assert not any(running(pid) for pid in started.values())
    assert not list(tmp_path.glob("lessonhook-demo-*"))


def test_a_part_that_dies_fails_the_demo_and_leaves_the_log(demo: Process, tmp_path: Path) -> None:
    """1, with which part it was, the end of the worker's log and where to find the whole of it."""
    started = parts(demo)
    wait_for_chapter(demo, 2)
    os.kill(started["Valkey"], signal.SIGKILL)
    assert demo.wait() == 1
    [log] = tmp_path.glob("lessonhook-demo-*/worker.log")
    heading, last = f"The worker's log, {log}, ends so:\n", "\nlessonhook: the server ended by itself with -9\n"
    assert demo.logs().count(heading) == 1
    assert demo.logs().endswith(last)
    told = demo.logs().partition(heading)[2].removesuffix(last).splitlines()
    assert told
    # The worker wrote on until it was ended.
    assert set(told) <= set(log.read_text().splitlines())
    assert not any(running(pid) for pid in started.values())
