"""One world: servers behind doors, a worker, an LMS's producer, an endpoint, and the ledger past all doors."""

import base64
import http.client
import itertools
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import SecretStr

from lessonhook.config import Settings
from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from lessonhook.ledger import Ledger, Policy
from lessonhook.producer import Producer
from tests.anomaly.checks import Response
from tests.anomaly.pages import PAGE_KEY, CustomersPage, FlowersPages
from tests.anomaly.sites import script_names
from tests.anomaly.tools import Nursery
from tests.anomaly.topology import Stage, Topology, open_stage
from tests.anomaly.trigger import Trigger
from tests.support.endpoints.receiver import Receiver
from tests.support.environment import environment_of
from tests.support.loop_server import ServingLoop
from tests.support.processes.child import Process
from tests.support.shortened import short_settings

#: A Fernet key of no secret: 32 bytes.
_KEY = base64.urlsafe_b64encode(bytes(32)).decode()
#: A worker imports for a second or two; several worlds start theirs at one time.
_READY_SECONDS = 60.0
_TOOLS_SWEEP_SECONDS = 10.0
_MORE_THAN_A_MINUTES_RUNS = 10_000


def world_settings(ledger_url: str, broker_url: str | None) -> Settings:
    """Return settings under which a whole life of an event takes a second."""
    return short_settings(ledger_url).model_copy(
        update={
            "broker_url_setting": broker_url,
            "attempts": 2,
            "retry_delay_seconds": 0.15,
            "worker_slots": 6,
            "request_deadline_seconds": 1.5,
            "lease_margin_seconds": 1.0,
            "republish_after_seconds": 0.6,
            "encryption_keys": (SecretStr(_KEY),),
            "page_key": SecretStr(PAGE_KEY),
            "page_url": "https://lms.example/webhook/",
            # In many runs the only company fails on purpose. A dozen of them in a minute are no mass failure, in which
            # nobody would be refused or paused.
            "mass_failure_subscribers": _MORE_THAN_A_MINUTES_RUNS,
        }
    )


class World:
    """Everything that a run needs; it outlives the runs, and a worker that ended is started again."""

    def __init__(
        self, topology: Topology, stage: Stage, receiver: Receiver, directory: Path, reply_seconds: float | None
    ) -> None:
        self._reply_seconds = reply_seconds
        self.topology = topology
        self.stage = stage
        self.receiver = receiver
        self.directory = directory
        self.numbers = itertools.count(1)
        self.port = free_port()
        self.settings = self._unhurried(world_settings(self._patient(stage.direct_ledger), stage.direct_broker))
        self.watcher = Producer(self.settings)
        self.producer = self.new_producer()
        self.page = CustomersPage(self.producer)
        self.flower = FlowersPages(self.settings_of("flower"), directory)
        self.worker = self._new_worker()
        self.nursery = Nursery(directory)

    @property
    def ledger(self) -> Ledger:
        """The ledger past all doors."""
        return self.watcher.ledger

    def triggers_of(self, side: str) -> dict[str, Trigger]:
        """Return the triggers of one side's doors, by their names."""
        return {name: trigger for name, trigger in self.stage.triggers.items() if name.startswith(f"{side}.")}

    def settings_of(self, side: str) -> Settings:
        """Return the settings of one side, by its own doors."""
        ledger_url, broker_url = self.stage.ledger_urls[side], self.stage.broker_urls[side]
        if side == "worker":
            return self._unhurried(world_settings(ledger_url, broker_url))
        settings = self._unhurried(world_settings(self._patient(ledger_url), broker_url and self._patient(broker_url)))
        # To tools, a worker is lost after six of these: a busy machine lets a sweep come late.
        return settings.model_copy(update={"sweep_interval_seconds": _TOOLS_SWEEP_SECONDS})

    def _unhurried(self, settings: Settings) -> Settings:
        """Have a worker wait for its endpoint for as long as a busy machine may take."""
        if self._reply_seconds is None:
            return settings
        return settings.model_copy(update={"request_deadline_seconds": self._reply_seconds})

    def _patient(self, url: str) -> str:
        """Have who calls Redis wait for its replies for longer than lessonhook does, where the machine is busy."""
        if self._reply_seconds is None or url.startswith("amqp"):
            return url
        waits = f"socket_timeout={self._reply_seconds}&socket_connect_timeout={self._reply_seconds}"
        return f"{url}{'&' if '?' in url else '?'}{waits}"

    def new_producer(self) -> Producer:
        """Make an LMS's producer, which has no connection yet."""
        return Producer(self.settings_of("lms"))

    def _new_worker(self) -> Process:
        settings = self.settings_of("worker").model_copy(
            update={"metrics_port": self.port, "metrics_address": LOOPBACK}
        )
        name = f"worker{next(self.numbers)}@{self.topology}"
        command = [sys.executable, "-m", "celery", "-A", "lessonhook.worker", "worker", "--hostname", name]
        return Process(name, command, environment_of(settings), self.directory / f"{name}.log")

    def start_worker(self) -> None:
        """Start the worker, again if it has ended, and wait until it is ready."""
        self.worker.start()
        wait_until(
            lambda: self.readiness()[0] or not self.worker.running,
            _READY_SECONDS,
            lambda: f"a worker that is ready:\n{self.worker.logs()[-3000:]}",
        )

    def readiness(self, port: int | None = None) -> tuple[bool, str]:
        """Ask `/readyz` of the worker, or of another one by its port."""
        status, text = self.check("/readyz", port)
        return status == http.client.OK, text

    def check(self, path: str, port: int | None = None) -> Response:
        """Ask for a health check of the worker, or of another one by its port."""
        connection = http.client.HTTPConnection(LOOPBACK, port or self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return Response(response.status, response.read().decode().strip())
        except (OSError, http.client.HTTPException) as error:
            return Response(0, type(error).__name__)
        finally:
            connection.close()

    def close(self) -> None:
        """End the worker and close what this process has opened."""
        self.worker.close()
        self.flower.close()
        self.nursery.close()
        self.producer.close()
        self.watcher.close()


@contextmanager
def open_world(
    topology: Topology, directory: Path, *, worker: bool = True, reply_seconds: float | None = None
) -> Iterator[World]:
    """Open a world with a worker that is ready."""
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        loop = ServingLoop(f"doors-{topology}")
        stack.callback(loop.close)
        scripts = script_names(Policy.from_settings(world_settings("redis://127.0.0.1", None)))
        stage = stack.enter_context(open_stage(topology, loop, scripts))
        receiver = stack.enter_context(Receiver())
        world = World(topology, stage, receiver, directory, reply_seconds)
        stack.callback(world.close)
        if worker:
            world.start_worker()
        yield world
