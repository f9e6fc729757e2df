"""A real Flower beside a test's worker: started on a port of its own, and read by its HTTP API and its pages."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from lessonhook.config import Settings
from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.processes.child import Process

#: Straight to the loopback: a proxy of the machine's has no business here.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Flower:
    """What Flower shows."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.url = f"http://{LOOPBACK}:{port}"

    def text(self, path: str) -> str:
        """Return a page as it is sent."""
        with _OPENER.open(self.url + path, timeout=PATIENCE_SECONDS) as response:
            assert response.status == HTTPStatus.OK
            text: str = response.read().decode()
            return text

    def json(self, path: str) -> Any:
        """Return what the API says."""
        return json.loads(self.text(path))

    def knows(self, worker: str) -> bool:
        """Return whether Flower hears a worker's events by now."""
        try:
            return bool(self.json("/api/workers?status=true").get(worker))
        except OSError:
            return False

    def task(self, event_id: str) -> dict[str, Any]:
        """Return what Flower knows of an event; {} if nothing."""
        tasks: dict[str, dict[str, Any]] = self.json("/api/tasks")
        return tasks.get(event_id, {})

    def wait_for(self, event_id: str, state: str, said: str = "") -> dict[str, Any]:
        """Wait until an event is seen in a state, and with these words; return all that Flower says of it."""

        def as_wanted() -> bool:
            task = self.task(event_id)
            return task.get("state") == state and said in f"{task['result']} {task['exception']}"

        wait_until(
            as_wanted, PATIENCE_SECONDS, lambda: f"{event_id} in state {state}; Flower says {self.task(event_id)}"
        )
        info: dict[str, Any] = self.json(f"/api/task/info/{event_id}")
        return info


@contextmanager
def running_flower(settings: Settings, worker: str, directory: Path) -> Iterator[Flower]:
    """Yield a Flower that hears the named worker; end it after the test, and show what it wrote."""
    port = free_port()
    command = [sys.executable, "-m", "celery", "-A", "lessonhook.worker", "flower"]
    process = Process(
        "flower",
        [*command, f"--address={LOOPBACK}", f"--port={port}"],
        # Without a password its API serves nobody else; on the loopback of a test it may.
        environment_of(settings) | {"FLOWER_UNAUTHENTICATED_API": "true"},
        directory / "flower.log",
    )
    flower = Flower(process, port)
    process.start()
    try:
        wait_until(lambda: not process.running or flower.knows(worker), PATIENCE_SECONDS, process.logs)
        yield flower
    finally:
        complaint = process.close()
        # pytest shows this only where the test failed.
        print(f"---- flower\n{process.logs()}")  # noqa: T201  # it is the report of a failed test
    assert complaint is None, complaint
