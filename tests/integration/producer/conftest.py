"""An LMS beside the producer: a broker of its own, and programs that run in processes of their own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lessonhook.config import Settings
from tests.support.environment import environment_of
from tests.support.processes import ROOT
from tests.support.servers import Server

#: Runs a program of `tests.support.lms` with more environment, and answers what it says.
RunProgram = Callable[..., dict[str, Any]]
#: A bound for a hang; the slowest, Django's, takes about a second.
_PROGRAM_SECONDS = 60.0


@pytest.fixture
def school_server(server_kind: str) -> Iterator[Server]:
    """Answer the LMS's own broker."""
    with Server(server_kind) as running:
        yield running


@pytest.fixture
def run_program(settings: Settings, school_server: Server) -> RunProgram:
    """Answer what runs an LMS's program to its end."""

    def run(name: str, /, **environment: str) -> dict[str, Any]:
        finished = subprocess.run(
            [sys.executable, "-W", "error", "-m", f"tests.support.lms.{name}"],
            env={"SCHOOL_BROKER_URL": school_server.url, **environment_of(settings), **environment},
            cwd=ROOT,
            timeout=_PROGRAM_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout) if finished.stdout else {}

    return run
