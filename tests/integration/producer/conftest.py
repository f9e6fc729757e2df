"""An LMS beside the producer: a broker of its own, and programs that run in processes of their own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.producer import Producer
from tests.support.environment import environment_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.people.producing import running_producer, subscribe
from tests.support.rooms import ROOT
from tests.support.servers.server import Server
from tests.support.shortened import short_settings

#: Runs a program of `tests.support.lms` with more environment, and returns its output.
RunProgram = Callable[..., dict[str, Any]]


@pytest.fixture
def school_server(server_kind: str) -> Iterator[Server]:
    """Yield the LMS's own broker."""
    with Server(server_kind) as running:
        yield running


@pytest.fixture
def run_program(settings: Settings, school_server: Server) -> RunProgram:
    """Return a function that runs an LMS's program to its end."""

    def run(name: str, /, **environment: str) -> dict[str, Any]:
        finished = subprocess.run(
            [sys.executable, "-W", "error", "-m", f"tests.support.lms.{name}"],
            env={"SCHOOL_BROKER_URL": school_server.url, **environment_of(settings), **environment},
            cwd=ROOT,
            timeout=PATIENCE_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout) if finished.stdout else {}

    return run


@pytest.fixture
def acme(producer: Producer) -> Producer:
    """Return a producer with a subscription of `acme`."""
    subscribe(producer)
    return producer


@pytest.fixture
def on_own_server(own_server: Server) -> Iterator[Producer]:
    """Yield such a producer on a server that the test may kill or freeze."""
    with running_producer(short_settings(own_server.url)) as producer:
        subscribe(producer)
        yield producer
