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

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.house import House, open_house
from tests.support.processes.child import Process
from tests.support.rooms import ROOT
from tests.support.servers.server import Server

EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="session")
def house(server_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Yield a running system that all examples share; each has companies of its own."""
    with open_house(server_kind, tmp_path_factory.mktemp("house")) as opened:
        assert opened.worker.running
        yield opened


@pytest.fixture(scope="session")
def school_server(server_kind: str) -> Iterator[Server]:
    """Yield the LMS's own broker, which is another server."""
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
            timeout=PATIENCE_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )

    def serve(self, port: int, *command: str) -> "Site":
        """Start a server and return when it listens."""
        log = self._directory / f"serve-{port}.log"
        process = Process(command[0], command, self.environment, log)
        process.start()
        self._running.append(process)
        site = Site(port)
        wait_until(
            lambda: not process.running or site.responds(), PATIENCE_SECONDS, lambda: f"{command}:\n{process.logs()}"
        )
        assert process.running, process.logs()
        return site

    def close(self) -> None:
        """End the servers."""
        for process in self._running:
            process.terminate()
            process.close()


class Site:
    """A server of an example, spoken to as a browser or a program would."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, path: str) -> str:
        """Return the URL of a path."""
        return f"http://{LOOPBACK}:{self.port}{path}"

    def responds(self) -> bool:
        """Return whether it listens."""
        try:
            self.ask("GET", "/")
        except OSError:
            return False
        return True

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Return status, body and headers; content other than bytes is sent as JSON."""
        connection = http.client.HTTPConnection(urlsplit(self.url("")).netloc, timeout=PATIENCE_SECONDS)
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return response.status, response.read(), response.headers
        finally:
            connection.close()


@pytest.fixture
def program(house: House, school_server: Server, tmp_path: Path) -> Iterator[Program]:
    """Yield a runner of examples beside the house and the school's broker."""
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
    """Return a free port."""
    return free_port()
