"""The parts of `lessonhook run` while they run: started in order, watched, ended in order."""

import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, Final, Self

from redis.exceptions import RedisError
from rich.text import Text

from lessonhook.config import Settings
from lessonhook.console import output
from lessonhook.console.exits import Complaint
from lessonhook.console.local_service.plan import WORKER, Plan
from lessonhook.console.processes import Child, TookTooLong, is_free, wait_until
from lessonhook.producer import Producer

#: Celery and Flower import for some seconds, on a machine with time for it.
_START_SECONDS: Final = 60.0
#: More than the POSTs in flight may take.
_STOP_SECONDS: Final = 30.0
_LOOK_EVERY_SECONDS: Final = 0.2
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: The worker settles what is in flight, for which it needs the server; Flower shows it doing so.
_STOPPED_IN_ORDER: Final = ("worker", "flower", "server")
_STYLES: Final = {"server": "magenta", "worker": "cyan", "flower": "green"}


class Service:
    """A context: on leaving it, every part that was started is ended."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._console = output.out()
        self._told = threading.Event()
        self._children: dict[str, Child] = {}
        self._producer = Producer(Settings(redis_url=plan.redis_url))

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        self._told.set()
        for name in _STOPPED_IN_ORDER:
            if child := self._children.get(name):
                self._console.print(f"stopping: {name}", style="dim")
                if not child.stop(_STOP_SECONDS):
                    self._console.print(f"the {name} did not end in {_STOP_SECONDS:g} s and was killed", style="red")

    def run(self) -> None:
        """Start the parts, and return when told to stop; raise a Complaint when a part has ended by itself."""
        if self._plan.server:
            self._start("server", self._plan.server)
        self._wait_for(self._redis_answers, "an answer of Redis")
        self._start("worker", self._plan.worker)
        self._wait_for(self._worker_answers, "an answer of the worker")
        # After it: Flower asks its workers questions as it starts, and complains of each that nobody answers.
        self._start("flower", self._plan.flower)
        self._wait_for(lambda: not is_free(self._plan.flower_port), "Flower to listen")
        if not self._told.is_set():
            self._announce()
        while not self._told.wait(_LOOK_EVERY_SECONDS):
            self._check()

    def _start(self, name: str, command: list[str]) -> None:
        if self._told.is_set():
            return
        child = Child(name, command, self._plan.environment, lambda line: self._relay(name, line))
        self._children[name] = child
        self._console.print(f"starting: {name}, process {child.pid}", style="dim")

    def _relay(self, name: str, line: str) -> None:
        self._console.print(Text.assemble((f"{name:>6} | ", _STYLES[name]), line), soft_wrap=True)

    def _hear(self, *_: Any) -> None:
        if self._told.is_set():
            # Asked again: whoever asks does not want to wait for what is in flight. Its leases run out.
            for child in self._children.values():
                child.kill()
        self._told.set()

    def _check(self) -> None:
        for name, child in self._children.items():
            if not child.running:
                raise Complaint(f"the {name} ended by itself with {child.returncode}, so the others were ended too")

    def _wait_for(self, condition: Callable[[], bool], what: str) -> None:
        def settled() -> bool:
            self._check()
            return self._told.is_set() or condition()

        try:
            wait_until(settled, _START_SECONDS, what)
        except TookTooLong as late:
            raise Complaint(str(late)) from None

    def _redis_answers(self) -> bool:
        try:
            return bool(self._producer.ledger.redis.ping())
        except RedisError:
            return False

    def _worker_answers(self) -> bool:
        return bool(self._producer.app.control.ping(destination=[WORKER], timeout=0.5))

    def _announce(self) -> None:
        own = () if self._plan.server else ("    # with the LESSONHOOK_REDIS_URL of this shell",)
        exports = (f"    export {name}={shlex.quote(value)}" for name, value in self._plan.exports.items())
        for line in (
            "",
            f"Ready. Flower: http://127.0.0.1:{self._plan.flower_port}   Ctrl-C ends everything.",
            "In a second shell:",
            *own,
            *exports,
            f"    {_own_name()} status",
            "",
        ):
            # To be copied: a line that the terminal's width broke would be two commands.
            self._console.print(line, style="bold", soft_wrap=True)


def _own_name() -> str:
    """Answer what to type to come here: the bare name only where the shell finds it."""
    return "lessonhook" if shutil.which("lessonhook") else sys.argv[0]
