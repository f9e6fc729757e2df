"""Examples are run as their docstrings say, in processes of their own, against the whole system."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.environment import environment_of
from tests.support.house import House, open_house
from tests.support.ports import LOOPBACK, free_port
from tests.support.processes import ROOT, Process
from tests.support.servers import Server
from tests.support.waiting import wait_until

EXAMPLES = ROOT / "examples"
#: A bound for a hang; Django's takes about two seconds.
_SECONDS = 60.0


@pytest.fixture(scope="session")
def house(server_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Answer a running system that all examples share; each has companies of its own."""
    with open_house(server_kind, tmp_path_factory.mktemp("house")) as opened:
        assert opened.worker.running
        yield opened


@pytest.fixture(scope="session")
def school_server(server_kind: str) -> Iterator[Server]:
    """Answer the LMS's own broker, which is another server."""
    with Server(server_kind) as running:
        yield running


class Program:
    """Runs examples with an environment of their own."""

    def __init__(self, environment: Mapping[str, str], directory: Path) -> None:
        self.environment = dict(environment)
        self._directory = directory
        self._running: list[Process] = []

    def run(self, name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run an example to its end."""
        return subprocess.run(
            [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments],
            env={**self.environment, **environment},
            cwd=ROOT,
            timeout=_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )

    def serve(self, port: int, *command: str) -> "Site":
        """Start a server and return when it answers."""
        log = self._directory / f"serve-{port}.log"
        process = Process(command[0], command, self.environment, log)
        process.start()
        self._running.append(process)
        site = Site(port)
        try:
            wait_until(lambda: not process.running or site.answers(), _SECONDS, f"an answer of {command}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{process.logs()}") from None
        assert process.running, process.logs()
        return site

    def close(self) -> None:
        """End what serves."""
        for process in self._running:
            process.terminate()
            process.close()


class Site:
    """A server of an example, spoken to as a browser or a program would."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, path: str) -> str:
        """Answer the URL of a path."""
        return f"http://{LOOPBACK}:{self.port}{path}"

    def answers(self) -> bool:
        """Tell whether it listens."""
        try:
            self.ask("GET", "/")
        except OSError:
            return False
        return True

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Answer status, body and headers; what is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection(urlsplit(self.url("")).netloc, timeout=_SECONDS)
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()


@pytest.fixture
def program(house: House, school_server: Server, tmp_path: Path) -> Iterator[Program]:
    """Answer what runs examples beside the house and the school's broker."""
    environment = {
        **environment_of(house.settings),
        "SCHOOL_BROKER_URL": school_server.url,
        "LMS_DATABASE": str(tmp_path / "lms.sqlite3"),
        "PATH": str(Path(sys.executable).parent),
    }
    running = Program(environment, tmp_path)
    yield running
    running.close()
    with school_server.client() as client:
        client.flushall()


@pytest.fixture
def port() -> int:
    """Answer a port that is free."""
    return free_port()
