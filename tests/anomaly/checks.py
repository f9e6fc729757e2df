"""`/readyz` and `/healthz` of the worker during a run: what a supervisor would have been told meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Final, NamedTuple, Self

from tests.anomaly.trigger import Trigger

_BETWEEN_SECONDS: Final = 0.2
_LOOK_SECONDS: Final = 0.05
#: The reason of `/readyz` for an error that the sweep did not expect: it names none.
_UNNAMED: Final = "see the log"


class Response(NamedTuple):
    """What a check said; `status` is 0 if it said nothing."""

    status: int
    text: str


class Checks:
    """Asks in a thread of its own while the block lasts; each different response is kept once."""

    def __init__(self, ask: Callable[[str], Response]) -> None:
        self._ask = ask
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checks", daemon=True)
        self.healthz: set[Response] = set()
        self.readyz: set[Response] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(_BETWEEN_SECONDS):
            self.readyz.add(self._ask("/readyz"))
            self.healthz.add(self._ask("/healthz"))

    def wrong(self) -> Iterator[str]:
        """Yield what no fault excuses. One that said nothing is left out: its worker ended, or the machine is busy.

        An outage of Redis or the broker is not the worker's: `/healthz` passes, or a supervisor would start it anew.
        """
        for status, text in sorted(self.healthz):
            if status not in {0, HTTPStatus.OK}:
                yield f"/healthz said {status}: {text}"
        for status, text in sorted(self.readyz):
            if status not in {0, HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}:
                yield f"/readyz said {status}: {text}"
            if status == HTTPStatus.SERVICE_UNAVAILABLE and (not text or _UNNAMED in text):
                yield f"/readyz does not say why: {text or 'nothing'}"


class Noticing:
    """Ends a fault once `/readyz` tells of it; a scenario may meanwhile wait for what the fault holds up."""

    def __init__(
        self, trigger: Trigger, ready: Callable[[], bool], running: Callable[[], bool], seconds: float
    ) -> None:
        self._trigger = trigger
        self._ready = ready
        self._running = running
        self._seconds = seconds
        self._over = threading.Event()
        self._is_noticed = True
        self._thread = threading.Thread(target=self._run, name="noticing", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while self._trigger.struck is None:
            if self._over.wait(_LOOK_SECONDS):
                return
        ends = time.monotonic() + self._seconds
        while self._running() and self._ready():
            if time.monotonic() > ends:
                self._is_noticed = False
                break
            time.sleep(_LOOK_SECONDS)  # between two looks: readiness is asked for, and never announced
        self._trigger.relent()

    def end(self) -> bool:
        """Wait until the fault is over; return False if the worker said "ready" for all the time that was given."""
        if self._trigger.struck is None:
            self._over.set()
        self._thread.join()
        return self._is_noticed
