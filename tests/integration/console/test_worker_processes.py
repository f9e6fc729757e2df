"""`lessonhook worker --processes`: one signal ends all processes, and a process that dies is started again."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lessonhook.config import Settings
from lessonhook.console.processes import free_port, wait_until
from lessonhook.producer import Producer
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.child import Process

STARTED = re.compile(r"process\.started\s+pid=(\d+) process=(\d)")


@pytest.fixture
def supervisor(settings: Settings, tmp_path: Path) -> Iterator[Process]:
    """`lessonhook worker --processes 2`, not started yet."""
    command = [sys.executable, "-m", "lessonhook.console", "worker", "--processes=2", "--hostname=two@here"]
    environment = environment_of(settings) | {"NO_COLOR": "1", "LESSONHOOK_METRICS_PORT": str(free_port())}
    process = Process("supervisor", command, environment, tmp_path / "supervisor.log")
    yield process
    assert process.close() is None, process.logs()


def started(supervisor: Process) -> list[tuple[int, str]]:
    """Return the process id and the number of each process that was started."""
    return [(int(pid), number) for pid, number in STARTED.findall(supervisor.logs())]


def wait_for_names(producer: Producer, names: list[str]) -> None:
    """Return when exactly these workers have a heartbeat."""

    def seen() -> list[str]:
        return [beat.hostname for beat in producer.ledger.heartbeats.last()]

    wait_until(lambda: seen() == names, PATIENCE_SECONDS, lambda: f"the heartbeats of {names}; there are {seen()}")


def wait_gone(pid: int) -> None:
    """Return when no process has this id any more, or only its entry is left."""

    def gone() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    wait_until(gone, PATIENCE_SECONDS, f"the end of process {pid}")


def test_one_signal_ends_all_and_one_exit_code_says_how(supervisor: Process, producer: Producer) -> None:
    """Each process settles what it has, takes its heartbeat along, and ends with 0; so does the supervisor."""
    supervisor.start()
    wait_for_names(producer, ["two-1@here", "two-2@here"])
    supervisor.send(signal.SIGINT)
    assert supervisor.wait() == 0
    assert producer.ledger.heartbeats.last() == []
    assert supervisor.logs().count("Warm shutdown") == 2


def test_a_process_that_dies_is_started_again(supervisor: Process, producer: Producer) -> None:
    """Under the same name; the other one goes on meanwhile."""
    supervisor.start()
    wait_for_names(producer, ["two-1@here", "two-2@here"])
    (first, number), _ = started(supervisor)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(started(supervisor)) == 3, PATIENCE_SECONDS, "a third start")
    assert started(supervisor)[2][1] == number
    assert "code=-9" in supervisor.logs()
    supervisor.terminate()
    supervisor.wait()


def test_a_killed_supervisor_leaves_no_worker_behind(supervisor: Process, producer: Producer) -> None:
    """Nobody would restart such a worker, and nobody would stop it."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells a process that its parent is gone")
    supervisor.start()
    wait_for_names(producer, ["two-1@here", "two-2@here"])
    pids = [pid for pid, _ in started(supervisor)]
    supervisor.kill()
    for pid in pids:
        wait_gone(pid)
    assert producer.ledger.heartbeats.last() == []


def test_a_wrong_option_is_no_reason_to_try_again(settings: Settings, tmp_path: Path) -> None:
    """The supervisor ends with the code of wrong usage, and Celery's line says what is wrong."""
    command = [sys.executable, "-m", "lessonhook.console", "worker", "--processes=2", "--exclude-queues=completion"]
    process = Process("supervisor", command, environment_of(settings), tmp_path / "supervisor.log")
    process.start()
    assert process.wait() == 2
    assert "there is no queue completion" in process.logs()
