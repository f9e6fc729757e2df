"""`lessonhook run`, run as a person runs it: deliveries from another process, a clean end, data that outlive it."""

import os
import re
import signal
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lessonhook.config import Settings
from lessonhook.producer import CompletionEvent, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.ports import LOOPBACK, free_port
from tests.support.processes import Process
from tests.support.producing import running_producer
from tests.support.receiver import Receiver
from tests.support.servers import Server
from tests.support.waiting import wait_until

#: Celery and Flower import for some seconds, on a machine with time for it.
_READY_SECONDS = 60.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Run(Process):
    """One `lessonhook run` on ports of its own."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.redis_port, self.flower_port = free_port(), free_port()
        ports = [f"--redis-port={self.redis_port}", f"--flower-port={self.flower_port}"]
        super().__init__(
            "run",
            [sys.executable, "-m", "lessonhook.console", "run", *ports, f"--data={directory / 'var'}"],
            environment,
            directory / "run.log",
        )
        self._announced = 0

    def wait_ready(self) -> None:
        """Return when it has said that it is ready, once more than before."""
        self._announced += 1
        wait_until(
            lambda: self.logs().count("Ready.") == self._announced or not self.running, _READY_SECONDS, self.logs
        )
        assert self.running, self.logs()

    def part(self, name: str) -> int:
        """Answer the process id of a part, of the last start."""
        return int(re.findall(rf"starting: {name}, process (\d+)", self.logs())[-1])

    def end(self) -> int:
        """Press Ctrl-C and answer the exit code."""
        self.send(signal.SIGINT)
        return self.wait()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Answer what starts `lessonhook run`, ready; `environment` is added to the caller's."""
    started: list[Run] = []

    def starter(**environment: str) -> Run:
        started.append(Run(tmp_path, environment))
        started[-1].start()
        started[-1].wait_ready()
        return started[-1]

    yield starter
    for process in started:
        # Asked to end, not killed: it has processes of its own to end.
        code = process.end() if process.running else process.returncode
        # pytest shows this only where the test failed.
        print(process.logs())  # noqa: T201  # it is the report of a failed test
        assert code in {0, 1}


def test_it_delivers_ends_cleanly_and_remembers(run: Callable[..., Run], receiver: Receiver) -> None:
    """Another process publishes into it; Ctrl-C ends every part in order, with 0; started again it knows everything."""
    service = run()
    settings = Settings(redis_url=f"redis://{LOOPBACK}:{service.redis_port}/0")
    assert f"export LESSONHOOK_REDIS_URL={settings.redis_url}" in service.logs()
    assert """export LESSONHOOK_ALLOWED_PRIVATE_NETWORKS='["127.0.0.0/8", "::1/128"]'""" in service.logs()
    with _DIRECT.open(f"http://{LOOPBACK}:{service.flower_port}/tasks", timeout=20) as page:
        assert "Flower" in page.read().decode()
    with running_producer(settings) as producer:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url=receiver.url("/acme")))
        first = producer.send_completion.delay(sample_event("acme"))
        assert receiver.wait_for(1)[0].header("webhook-id") == first.id
        wait_until(lambda: producer.ledger.status("acme").delivered == 1, 20, "the settlement")
    assert service.end() == 0
    ended = [line for line in service.logs().splitlines() if line.startswith("stopping: ")]
    assert ended == ["stopping: worker", "stopping: flower", "stopping: server"]
    assert "Traceback" not in service.logs()

    service.start()
    service.wait_ready()
    with running_producer(settings) as producer:
        assert producer.ledger.status("acme").delivered == 1
        later = CompletionEvent.model_validate({**dict(sample_event("acme")), "completed_at": "2015-04-28T14:36:25Z"})
        second = producer.send_completion.delay(later)
        assert receiver.wait_for(2)[1].header("webhook-id") == second.id
    assert service.end() == 0


def test_it_uses_the_redis_that_the_environment_names_and_ends_when_a_part_dies(
    run: Callable[..., Run], own_server: Server, receiver: Receiver
) -> None:
    """No server is started and no URL shown, since a password may stand there; a dead worker ends Flower: 1."""
    service = run(LESSONHOOK_REDIS_URL=own_server.url)
    with running_producer(Settings(redis_url=own_server.url)) as producer:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url=receiver.url("/acme")))
        producer.send_completion.delay(sample_event("acme"))
        receiver.wait_for(1)
    assert "starting: server" not in service.logs()
    assert f"export LESSONHOOK_REDIS_URL={own_server.url}" not in service.logs()
    os.kill(service.part("worker"), signal.SIGKILL)
    assert service.wait() == 1
    assert "the worker ended by itself with -9" in service.logs()
    with pytest.raises(ProcessLookupError):
        os.kill(service.part("flower"), 0)
    assert own_server.running


def test_a_port_that_is_taken_is_named_before_anything_starts(server: Server, tmp_path: Path) -> None:
    """1, with the option that chooses another port."""
    taken = Process(
        "run",
        [
            sys.executable,
            "-m",
            "lessonhook.console",
            "run",
            f"--redis-port={server.port}",
            f"--data={tmp_path / 'var'}",
        ],
        {},
        tmp_path / "run.log",
    )
    taken.start()
    assert taken.wait() == 1
    assert f"127.0.0.1:{server.port} is taken by another program" in taken.logs()
    assert "--redis-port" in taken.logs()
    assert "starting" not in taken.logs()
