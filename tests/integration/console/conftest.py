"""The command line as a shell runs it, but in the test's own process: arguments in, exit code and both outputs out."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from lessonhook.config import Settings
from lessonhook.console.cli import run
from lessonhook.producer import Producer
from tests.support.broker_view import BrokerView
from tests.support.customer import Customer
from tests.support.environment import environment_of
from tests.support.receiver import Receiver
from tests.support.servers import Server
from tests.support.stored import Stored


class Ran(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it wrote for scripts."""
        return json.loads(self.out)


#: Runs a command: `cli("events", "acme", "--json")`.
Cli = Callable[..., Ran]


@pytest.fixture
def cli(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Answer what runs a command with the test's settings."""
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    def run_command(*arguments: str) -> Ran:
        capsys.readouterr()
        code = run(arguments)
        return Ran(code, *capsys.readouterr())

    return run_command


@pytest.fixture
def customer(producer: Producer, receiver: Receiver, server: Server) -> Iterator[Customer]:
    """Answer a customer whose endpoint accepts; nothing is delivered by itself, since no worker runs."""
    broker = BrokerView(server)
    yield Customer("acme", producer, receiver, broker, {"authorization": "Token secret-of-acme"})
    broker.close()


@pytest.fixture
def stored(producer: Producer, customer: Customer) -> Stored:
    """Answer what brings events of that customer into any state, as workers would."""
    return Stored(producer.ledger, customer)
