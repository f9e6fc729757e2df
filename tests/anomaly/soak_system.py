"""The system of the soak: a Redis for the ledger, one for the broker, doors before both, workers and companies."""

from collections import Counter
from contextlib import ExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from lessonhook.config import Settings
from lessonhook.console.processes import LOOPBACK
from lessonhook.desk import Desk
from lessonhook.ledger import Ledger, Policy
from tests.anomaly.redis_door import RedisDoor
from tests.anomaly.sites import script_names
from tests.anomaly.soak_faults import System
from tests.anomaly.trigger import Trigger
from tests.chaos.scene import Scene, open_scene
from tests.chaos.supervisor import supervised
from tests.support.endpoints.exchange import ACCEPTED, Post, Response
from tests.support.loop_server import ServingLoop
from tests.support.patience import PATIENCE_SECONDS
from tests.support.servers.server import Server

_WORKERS: Final = 3
_FAILING: Final = 10
_HEALTHY: Final = 20
#: Who pauses and resumes here.
OPERATOR: Final = "the soak"


def _settings(ledger_url: str, broker_url: str) -> Settings:
    """Return settings with a lease that a busy machine keeps, and retries after seconds."""
    return Settings(
        redis_url=ledger_url,
        broker_url_setting=broker_url,
        allowed_private_networks=(ip_network("127.0.0.0/8"),),
        connect_timeout_seconds=5.0,
        request_deadline_seconds=8.0,
        lease_margin_seconds=4.0,
        sweep_interval_seconds=1.0,
        republish_after_seconds=5.0,
        retry_delay_seconds=3.0,
        worker_slots=64,
    )


class SoakedSystem:
    """All parts, which the stack ends."""

    def __init__(self, stack: ExitStack, directory: Path) -> None:
        ledger = stack.enter_context(Server(append_only=True))
        broker = stack.enter_context(Server())
        self._stack = stack
        self._loop = ServingLoop("doors")
        stack.callback(self._loop.close)
        self._scripts = script_names(Policy.from_settings(_settings(ledger.url, broker.url)))
        self._doors: dict[str, Trigger] = {}
        of_lms, of_workers = (
            _settings(self._door(f"{side}.ledger", ledger), self._door(f"{side}.broker", broker))
            for side in ("lms", "worker")
        )
        self.scene: Scene = stack.enter_context(open_scene(of_lms, directory, worker_settings=of_workers))
        self.healthy = [self.scene.company(f"healthy-{number}") for number in range(_HEALTHY)]
        self.failing = [self.scene.company(f"failing-{number}") for number in range(_FAILING)]
        workers = [self.scene.workers.start() for _ in range(_WORKERS)]
        self.supervisors = [stack.enter_context(supervised(worker)) for worker in workers]
        #: What is counted at the end is read by it: past the doors, and by nobody's promise of a second.
        self.ledger = Ledger.connect(
            _settings(ledger.url, broker.url),
            timeout_seconds=PATIENCE_SECONDS,
            connect_timeout_seconds=PATIENCE_SECONDS,
            connections=1,
        )
        stack.callback(self.ledger.redis.close)
        self.desk: Desk = stack.enter_context(Desk(self.scene.producer))
        self.struck = System(
            ledger=ledger,
            broker=broker,
            supervisors=self.supervisors,
            doors=self._doors,
            failing=self.failing,
            lease_seconds=of_workers.lease_seconds,
            pause=lambda company: self.desk.of(company).pause(by=OPERATOR),
            resume=lambda company: self.desk.of(company).resume(by=OPERATOR),
        )
        #: How often the endpoint has failed each event.
        self.failures: Counter[str] = Counter()
        self.scene.respond(self._behave)

    @property
    def companies(self) -> list[str]:
        """All of them."""
        return [*self.healthy, *self.failing]

    def logs(self) -> str:
        """Return what all workers have written."""
        return "\n".join(supervisor.worker.logs() for supervisor in self.supervisors)

    def release(self) -> None:
        """Let endpoints reply to what hangs."""
        for company in self.failing:
            self.scene.receiver.release(f"/{company}")

    def _door(self, name: str, server: Server) -> str:
        """Open a door before a server, and return its URL."""
        self._doors[name] = Trigger()
        door = RedisDoor(server.port, self._loop, {"": self._doors[name]}, self._scripts)
        door.open()
        self._stack.callback(door.close)
        return f"redis://{LOOPBACK}:{door.port}/0"

    def _behave(self, post: Post) -> Response:
        response = self.struck.behaviours.get(post.path[1:], ACCEPTED)
        if response.status >= 300 or response.hangs or response.drops:
            self.failures[post.header("webhook-id")] += 1
        return response
