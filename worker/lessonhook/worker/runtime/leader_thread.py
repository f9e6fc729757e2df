"""A job that one worker at a time does, again and again, in a thread of its own. No delivery waits for it."""

import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog
from redis.exceptions import RedisError

from lessonhook.config import code_of
from lessonhook.worker.runtime.leader import Leader

if TYPE_CHECKING:
    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")
_LEAVE_SECONDS: Final = 3.0


class LeaderThread(ABC):
    """Calls `look` every `pause_seconds` until it is stopped.

    An error of Redis or of the network is logged once until a look ends well, any other one is logged whole; the next
    look tries again. `name` begins the lines of the log, `leader_key` is the key of the lead in Redis.
    """

    def __init__(self, runtime: "Runtime", *, name: str, leader_key: str, pause_seconds: float) -> None:
        self._runtime = runtime
        self._name = name
        self._leader_key = leader_key
        self._pause_seconds = pause_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"lessonhook-{name.replace('_', '-')}", daemon=True)
        self._leader: Leader | None = None
        #: The code of the error that the last look failed with; "" if it ended well.
        self._failing = ""

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread. After three seconds it is left behind, in whatever it waits for."""
        self._stop.set()
        self._thread.join(_LEAVE_SECONDS)

    @abstractmethod
    def look(self) -> None:
        """Do the job once, if this worker leads."""

    def _leads(self) -> bool:
        """Take or renew the lead. Return whether this worker leads."""
        # Not made before the thread runs, because the runtime then has its ledger.
        self._leader = self._leader or Leader(self._runtime.ledger.redis, self._leader_key)
        return self._leader.leads()

    def _run(self) -> None:
        while not self._stop.wait(self._pause_seconds):
            try:
                self.look()
            except (RedisError, OSError) as error:
                if self._failing != code_of(error):
                    _log.warning(
                        f"{self._name}.failed", error=code_of(error), then=f"tried again in {self._pause_seconds:g} s"
                    )
                self._failing = code_of(error)
            except Exception:  # noqa: BLE001 - logged whole; the next look tries again
                _log.exception(f"{self._name}.failed")
            else:
                self._failing = ""
        if self._leader is not None:
            with suppress(RedisError, OSError):
                self._leader.step_down()
