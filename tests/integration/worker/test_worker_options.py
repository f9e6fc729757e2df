"""What a real worker does with the options that change its log, its slots and its end."""

import signal
from pathlib import Path

from lessonhook.console.processes import wait_until
from lessonhook.producer import Producer
from tests.support.processes.workers import Workers


def test_ctrl_c_ends_a_worker_well(worker_process: Workers) -> None:
    """It is how a person ends it at a terminal; the exit code is that of SIGTERM."""
    worker = worker_process.start()
    worker.send(signal.SIGINT)
    assert worker.wait() == 0
    assert "Warm shutdown" in worker.logs()


def test_a_worker_takes_its_heartbeat_along(worker_process: Workers, producer: Producer) -> None:
    """`health` and `doctor` are right at once, and not when the heartbeat is old."""
    worker = worker_process.start()
    wait_until(producer.ledger.heartbeats.last, 30, "a heartbeat")
    worker.terminate()
    assert worker.wait() == 0
    assert producer.ledger.heartbeats.last() == []


def test_a_killed_worker_leaves_its_heartbeat(worker_process: Workers, producer: Producer) -> None:
    """`doctor` tells of workers that went without a word."""
    worker = worker_process.start()
    wait_until(producer.ledger.heartbeats.last, 30, "a heartbeat")
    worker.kill()
    assert [beat.hostname for beat in producer.ledger.heartbeats.last()] == [worker.name]


def test_concurrency_overrides_the_setting_everywhere(worker_process: Workers) -> None:
    """The pool and the connections are sized by the same number."""
    worker = worker_process.start(options=["--concurrency", "5"])
    assert worker.ask("stats")["pool"]["max-concurrency"] == 5


def test_the_log_goes_to_a_file(worker_process: Workers, tmp_path: Path) -> None:
    """With the node's name in the file's, as Celery writes it."""
    worker = worker_process.start(options=["--logfile", str(tmp_path / "log-of-%n"), "--loglevel", "INFO"])
    file = tmp_path / f"log-of-{worker.name.partition('@')[0]}"
    wait_until(lambda: "ready" in file.read_text(), 30, "the line in the file")
    assert " ready." not in worker.logs()
