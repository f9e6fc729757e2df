"""The parts of `lessonhook run` while they run: started in order, watched, ended in order."""

import contextlib
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, Final, Self

from redis.exceptions import RedisError
from rich.text import Text

from lessonhook.config import Settings
from lessonhook.console.exits import Complaint
from lessonhook.console.local_service.directory_lock import name_server
from lessonhook.console.local_service.plan import REDIS_URL, WORKER, Plan
from lessonhook.console.processes import Child, TookTooLong, is_free, wait_until
from lessonhook.console.views import output
from lessonhook.producer import Producer

#: Celery and Flower need some seconds to start, and much longer on a busy machine.
_START_SECONDS: Final = 60.0
#: Longer than a POST in flight may take.
_STOP_SECONDS: Final = 30.0
_LOOK_EVERY_SECONDS: Final = 0.2
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: The worker needs the server to settle its POSTs in flight, and Flower shows that.
_STOPPED_IN_ORDER: Final = ("worker", "flower", "server")
_STYLES: Final = {"server": "magenta", "worker": "cyan", "flower": "green"}


class Service:
    """A context: on leaving it, every part that was started is ended."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._console = output.out()
        #: Signals to stop. A number and no Event: one that a signal sets while the main thread waits for it may hang.
        self._signals = 0
        self._children: dict[str, Child] = {}
        self._producer = Producer(Settings(redis_url=plan.redis_url))

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        self._signals = max(self._signals, 1)
        for name in _STOPPED_IN_ORDER:
            if child := self._children.get(name):
                self._say(f"stopping: {name}", style="dim")
                if not child.stop(_STOP_SECONDS):
                    self._say(f"the {name} did not end in {_STOP_SECONDS:g} s and was killed", style="red")

    def run(self) -> None:
        """Start the parts, and return after a signal to stop; raise a Complaint when a part has ended by itself."""
        if self._plan.server:
            self._start("server", self._plan.server, self._plan.lock)
            self._wait_for(self._redis_replies, "a reply of Redis")
        else:
            # Nothing here starts the one that the environment names: an error says at once that it is away.
            self._producer.ledger.redis.ping()
        self._start("worker", self._plan.worker)
        self._wait_for(self._worker_replies, "a reply of the worker")
        # After the worker: Flower sends its workers questions as it starts, and logs each one without a reply.
        self._start("flower", self._plan.flower)
        self._wait_for(lambda: not is_free(self._plan.flower_port), "Flower to listen")
        if not self._signals:
            self._announce()
        while not self._signals:
            self._check()
            time.sleep(_LOOK_EVERY_SECONDS)  # a signal and the end of a part are seen at the next look

    def _start(self, name: str, command: list[str], lock: int | None = None) -> None:
        if self._signals:
            return
        kept = () if lock is None else (lock,)
        child = Child(name, command, self._plan.environment, lambda line: self._relay(name, line), kept=kept)
        if lock is not None:
            name_server(lock, child.pid)
        self._children[name] = child
        self._say(f"starting: {name}, process {child.pid}", style="dim")

    def _relay(self, name: str, line: str) -> None:
        self._say(Text.assemble((f"{name:>6} | ", _STYLES[name]), line))

    def _say(self, text: str | Text, *, style: str | None = None) -> None:
        # Where the terminal or the pipe was closed, nobody reads it, and rich would end this process by SystemExit.
        # The parts are to be ended all the same.
        with contextlib.suppress(OSError, SystemExit):
            # For copying: a line broken at the terminal's width would be two commands.
            self._console.print(text, style=style, soft_wrap=True)

    def _hear(self, *_: Any) -> None:
        if self._signals:
            # The second signal: the user does not want to wait for the POSTs in flight. Their leases run out.
            for child in self._children.values():
                child.kill()
        self._signals += 1

    def _check(self) -> None:
        for name, child in self._children.items():
            if not child.running:
                raise Complaint(f"the {name} ended by itself with {child.returncode}, so the others were ended too")

    def _wait_for(self, condition: Callable[[], bool], what: str) -> None:
        def settled() -> bool:
            self._check()
            return bool(self._signals) or condition()

        try:
            wait_until(settled, _START_SECONDS, what)
        except TookTooLong as late:
            raise Complaint(str(late)) from None

    def _redis_replies(self) -> bool:
        try:
            return bool(self._producer.ledger.redis.ping())
        except RedisError:
            return False

    def _worker_replies(self) -> bool:
        return bool(self._producer.app.control.ping(destination=[WORKER], timeout=0.5))

    def _announce(self) -> None:
        url = "    # with the LESSONHOOK_REDIS_URL of this shell"
        if self._plan.url_file:
            # Not the URL itself: a terminal's text is kept, and shown to others.
            url = f'    export {REDIS_URL}="$(cat {shlex.quote(str(self._plan.url_file))})"'
        exports = (f"    export {name}={shlex.quote(value)}" for name, value in self._plan.exports.items())
        for line in (
            "",
            f"Ready. Flower: http://127.0.0.1:{self._plan.flower_port}   Ctrl-C ends everything.",
            "In a second shell:",
            url,
            *exports,
            f"    {_own_name()} status",
            "",
        ):
            self._say(line, style="bold")


def _own_name() -> str:
    """Return what to type to run this program: the bare name only if the shell finds it."""
    return "lessonhook" if shutil.which("lessonhook") else sys.argv[0]
