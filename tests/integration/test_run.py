"""`lessonhook run`, run as a person runs it: deliveries from another process, a clean end, data that outlive it."""

import os
import pty
import re
import signal
import stat
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from lessonhook.config import Settings
from lessonhook.console.processes import LOOPBACK, Child, free_port, is_free, wait_until
from lessonhook.producer import CompletionEvent, Subscription
from lessonhook.producer.sample import sample_event
from tests.support.endpoints.receiver import Receiver
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.producing import running_producer
from tests.support.processes.child import Process
from tests.support.rooms import ROOT
from tests.support.servers.server import Server

#: What `lessonhook run` tells another shell to set.
_OPEN = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
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
        self.url_file = directory / "var" / "valkey" / "url"
        self._announced = 0

    def wait_ready(self) -> None:
        """Return when it has said that it is ready, once more than before."""
        self._announced += 1
        wait_until(
            lambda: self.logs().count("Ready.") == self._announced or not self.running, PATIENCE_SECONDS, self.logs
        )
        assert self.running, self.logs()

    def part(self, name: str) -> int:
        """Return the process id of a part, of the last start."""
        return int(re.findall(rf"starting: {name}, process (\d+)", self.logs())[-1])

    def end(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.send(signal.SIGINT)
        return self.wait()


class WindowRun(Run):
    """One whose output goes to a descriptor, as to a window that the user may close."""

    def __init__(self, directory: Path, window: int) -> None:
        super().__init__(directory, {})
        self._window = window

    def _make_child(self) -> Child:
        return Child(self.name, self._command, self._environment, self._window, directory=ROOT)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Yield what starts `lessonhook run`, ready; `environment` is added to the caller's."""
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
    settings = Settings(redis_url=service.url_file.read_text().strip(), allowed_private_networks=_OPEN)
    assert f'export LESSONHOOK_REDIS_URL="$(cat {service.url_file})"' in service.logs()
    assert """export LESSONHOOK_ALLOWED_PRIVATE_NETWORKS='["127.0.0.0/8", "::1/128"]'""" in service.logs()
    with _DIRECT.open(f"http://{LOOPBACK}:{service.flower_port}/tasks", timeout=PATIENCE_SECONDS) as page:
        assert "Flower" in page.read().decode()
    with running_producer(settings) as producer:
        producer.subscriptions.put(Subscription(subscriber="acme", callback_url=receiver.url("/acme")))
        first = producer.send_completion.delay(sample_event("acme"))
        assert receiver.wait_for(1)[0].header("webhook-id") == first.id
        wait_until(lambda: producer.ledger.lanes.status("acme").delivered == 1, PATIENCE_SECONDS, "the settlement")
    assert service.end() == 0
    ended = [line for line in service.logs().splitlines() if line.startswith("stopping: ")]
    assert ended == ["stopping: worker", "stopping: flower", "stopping: server"]
    assert "Traceback" not in service.logs()

    service.start()
    service.wait_ready()
    with running_producer(settings) as producer:
        assert producer.ledger.lanes.status("acme").delivered == 1
        later = CompletionEvent.model_validate({**dict(sample_event("acme")), "completed_at": "2015-04-28T14:36:25Z"})
        second = producer.send_completion.delay(later)
        assert receiver.wait_for(2)[1].header("webhook-id") == second.id
    assert service.end() == 0


@pytest.mark.parametrize("opened", [pty.openpty, os.pipe], ids=["terminal", "pipe"])
def test_a_closed_window_ends_every_part(opened: Callable[[], tuple[int, int]], tmp_path: Path) -> None:
    """Nothing can be written any more, and still no server, worker or Flower stays behind."""
    ours, theirs = opened()
    service = WindowRun(tmp_path, theirs)
    service.start()
    os.close(theirs)
    drawn = b""
    while b"Ready." not in drawn:
        drawn += os.read(ours, 65_536)
    parts = [int(pid) for pid in re.findall(rb"starting: \w+, process (\d+)", drawn)]
    os.close(ours)
    try:
        service.send(signal.SIGHUP)
        assert service.wait() == 0
        assert len(parts) == 3
        assert [pid for pid in parts if Path(f"/proc/{pid}").exists()] == []
    finally:
        for pid in parts:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_its_server_and_its_files_are_for_this_user_alone(run: Callable[..., Run], tmp_path: Path) -> None:
    """Also where the directory was open before. The password is in no argument, no log line and no output."""
    directory = tmp_path / "var" / "valkey"
    directory.mkdir(parents=True)
    directory.chmod(0o755)
    service = run()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for name in ("url", "valkey.conf"):
        assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600
    url = service.url_file.read_text().strip()
    password = url.partition("redis://:")[2].partition("@")[0]
    assert len(password) >= 40
    with Redis(host=LOOPBACK, port=service.redis_port) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()
    with Redis.from_url(url) as owner:
        assert owner.ping()
    for name in ("server", "worker", "flower"):
        assert password.encode() not in Path(f"/proc/{service.part(name)}/cmdline").read_bytes()
    assert password not in service.logs()


def test_a_directory_stays_locked_while_the_server_of_a_killed_run_serves_it(tmp_path: Path) -> None:
    """Two servers would write one append-only file. The second run names the first one's server, and starts nothing."""
    killed = Run(tmp_path, {})
    killed.start()
    killed.wait_ready()
    left = {name: killed.part(name) for name in ("server", "worker", "flower")}
    killed.kill()
    refused = Run(tmp_path, {})
    try:
        refused.start()
        assert refused.wait() == 1
        assert f":{killed.redis_port}/" in (tmp_path / "var" / "valkey" / "url").read_text(), "other shells go on"
        told = " ".join(refused.logs().split())
        assert f"its server is process {left['server']}" in told
        assert told.count("starting: server") == 1
    finally:
        for pid in left.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_free(killed.redis_port), PATIENCE_SECONDS, "the end of the server")
    # The same directory, and with it the same log, in which the first one was ready.
    again = Run(tmp_path, {})
    again.start()
    wait_until(lambda: again.logs().count("Ready.") == 2 or not again.running, PATIENCE_SECONDS, again.logs)
    assert again.end() == 0


def test_a_directory_that_cannot_be_closed_starts_nothing(tmp_path: Path) -> None:
    """1, and what to do."""
    (tmp_path / "var").write_text("a file")
    refused = Run(tmp_path, {})
    refused.start()
    assert refused.wait() == 1
    assert "choose another --data" in refused.logs()
    assert "starting" not in refused.logs()


def test_it_uses_the_redis_that_the_environment_names_and_ends_when_a_part_dies(
    run: Callable[..., Run], own_server: Server, receiver: Receiver
) -> None:
    """No server is started and no URL shown, since a password may stand there; a dead worker ends Flower: 1."""
    service = run(LESSONHOOK_REDIS_URL=own_server.url)
    with running_producer(Settings(redis_url=own_server.url, allowed_private_networks=_OPEN)) as producer:
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


def test_a_redis_of_the_environment_that_is_away_is_named_before_anything_starts(tmp_path: Path) -> None:
    """3, as by every command: nothing here would start that server."""
    port = free_port()
    refused = Run(tmp_path, {"LESSONHOOK_REDIS_URL": f"redis://127.0.0.1:{port}/0"})
    refused.start()
    assert refused.wait() == 3
    assert f"127.0.0.1:{port} (database 0) is not reachable" in refused.logs()
    assert "starting" not in refused.logs()


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
