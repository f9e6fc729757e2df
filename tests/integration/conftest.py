"""The whole system, for tests of what it promises from one end to the other."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from lessonhook.config import Settings
from lessonhook.console.cli import run
from tests.support.environment import environment_of
from tests.support.people.house import House, open_house
from tests.support.processes.command_line import Cli, Ran

#: Opens a house for one test alone, with settings of its own.
OpenHouse = Callable[..., AbstractContextManager[House]]


@pytest.fixture
def cli(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return what runs a command with the test's settings, without a terminal."""
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)

    def run_command(*arguments: str) -> Ran:
        # What the test itself has written until now is not the command's.
        capsys.readouterr()
        code = run(arguments)
        return Ran(code, *capsys.readouterr())

    return run_command


@pytest.fixture(scope="session")
def _shared_house(server_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(server_kind, tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture
def house(_shared_house: House) -> Iterator[House]:
    """Yield a running system that tests share, each with customers of its own."""
    assert _shared_house.worker.running
    yield _shared_house
    _shared_house.part_with_customers()


@pytest.fixture
def own_house(server_kind: str, tmp_path: Path) -> OpenHouse:
    """Return what opens a system for one test alone; what it is given are settings that differ from the short ones."""

    def opener(**changes: Any) -> AbstractContextManager[House]:
        return open_house(server_kind, tmp_path, **changes)

    return opener
