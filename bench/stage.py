"""One run's parts: an empty server, the receiver, and processes that publish and deliver for one row."""

import contextlib
import itertools
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import store
from bench.endpoints import Endpoints
from bench.process import Process, python
from bench.rows import Row
from bench.server import Server
from lessonhook.console.processes import TookTooLong, wait_until

#: Threads of one worker process.
SLOTS = 128
#: From the last response to its settlement and acknowledgement, generously.
SETTLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Published:
    """What the publishing process saw: by event, when `.delay()` was called and how long it took."""

    prefix: str
    at: list[float]
    took: list[float]

    @property
    def seconds(self) -> float:
        """From the first call to the end of the last one."""
        return self.at[-1] + self.took[-1] - self.at[0]

    def sent(self) -> dict[str, float]:
        """Return when each event was handed over, by its id."""
        return {f"{self.prefix}-{number}": at for number, at in enumerate(self.at)}


class Publishing(Process):
    """A publishing process under way."""

    def __init__(self, stage: "Stage", row: Row, plan: dict[str, object], number: int) -> None:
        self._plan = plan
        self._path = stage.directory / f"plan-{number}.json"
        self._path.write_text(json.dumps(plan))
        environment = {**stage.environment, **row.environment}
        super().__init__(
            f"publisher-{number}", python("bench.publisher", str(self._path)), environment, stage.directory
        )

    def result(self, seconds: float) -> Published:
        """Wait until it has published everything, and return what it saw."""
        self.wait_for_success(seconds)
        found = json.loads(self._path.with_suffix(".out").read_text())
        return Published(str(self._plan["prefix"]), found["at"], found["took"])


class Stage:
    """Starts and ends the processes of one run."""

    def __init__(self, stack: ExitStack, directory: Path, settings: dict[str, str]) -> None:
        self._stack = stack
        self.directory = directory
        self.server = stack.enter_context(Server(directory))
        self.endpoints = stack.enter_context(Endpoints(directory))
        self.environment = {
            "BENCH_REDIS_URL": self.server.url,
            "BENCH_ENDPOINTS": self.endpoints.url,
            "BENCH_DIRECTORY": str(directory),
            "LESSONHOOK_REDIS_URL": self.server.url,
            "LESSONHOOK_ALLOWED_PRIVATE_NETWORKS": '["127.0.0.0/8"]',
            "SSL_CERT_FILE": str(self.endpoints.authority),
            **settings,
        }
        self._numbers = itertools.count(1)

    def use_tls(self) -> None:
        """Have every company's URL be one by TLS."""
        self.environment["BENCH_ENDPOINTS"] = self.endpoints.tls_url

    def worker(self, row: Row, *, slots: int = SLOTS, events: bool = True, expected: int = 0) -> Process:
        """Start a worker process; it consumes a second or two later."""
        environment = {
            **self.environment,
            **row.environment,
            "LESSONHOOK_WORKER_SLOTS": str(slots),
            "LESSONHOOK_TASK_EVENTS": str(events).lower(),
            "BENCH_EXPECTED": str(expected),
        }
        command = row.command(slots, events)
        name = f"worker-{next(self._numbers)}"
        if "celery" in command:
            command += ["--hostname", f"{name}@bench"]
        return self._stack.enter_context(Process(name, command, environment, self.directory))

    def publishing(
        self,
        row: Row,
        subscribers: Sequence[str],
        count: int,
        *,
        prefix: str = "event",
        rate: float | None = None,
        subscribe: bool = True,
        many: bool = False,
        past: bool = False,
    ) -> Publishing:
        """Start to publish `count` events, dealt out to subscribers, `rate` a second or as fast as it goes.

        With `many`, one call publishes all, and the result has the time of that call alone. With `past` as well, they
        are completions of the past.
        """
        plan = {
            "peer": row.peer,
            "subscribers": list(subscribers),
            "subscribe": list(subscribers) if subscribe else [],
            "count": count,
            "prefix": prefix,
            "rate": rate,
            "many": many,
            "past": past,
        }
        return self._stack.enter_context(Publishing(self, row, plan, next(self._numbers)))

    def wait_for_arrivals(self, count: int, seconds: float, *workers: Process) -> bool:
        """Wait until so many POSTs arrived, and return whether they did in time; a worker that ends raises."""

        def arrived() -> bool:
            for worker in workers:
                worker.check()
            return self.endpoints.count() >= count

        with contextlib.suppress(TookTooLong):
            wait_until(arrived, seconds, "arrivals")
            return True
        return False


@contextmanager
def stage(**settings: str) -> Iterator[Stage]:
    """Open a stage; `settings` are further variables of its processes' environment."""
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="lessonhook-bench-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        try:
            yield Stage(stack, directory, settings)
        except Exception:
            _keep_logs(directory)
            raise


def _keep_logs(directory: Path) -> None:
    """Keep what the processes of a run wrote that failed, in place of the last such run's."""
    kept = store.FOLDER / "failed"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for log in directory.glob("*.log"):
        shutil.copy(log, kept)
