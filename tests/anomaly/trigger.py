"""When a door strikes: armed with a site and a fault, it counts what passes."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.anomaly.faults import Fault, Span
from tests.anomaly.sites import Site


@dataclass(slots=True)
class _Armed:
    site: Site
    fault: Fault
    struck: float | None = None
    #: The youngest connection when the fault struck.
    youngest: int = 0
    is_over: bool = False


class Trigger:
    """Counts the commands of one door from `watch` or `arm` on; safe for use by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._armed: _Armed | None = None
        self._youngest = 0
        self._held_back = 0

    def watch(self) -> None:
        """Count from now on, and strike at nothing."""
        with self._lock:
            self._counts.clear()
            self._armed = None

    def arm(self, site: Site, fault: Fault) -> None:
        """Count from now on, and strike when the site is reached."""
        with self._lock:
            self._counts.clear()
            self._armed = _Armed(site, fault)

    def disarm(self) -> float | None:
        """End the fault; return when it struck, on `time.monotonic()`, or None if its site was not reached."""
        with self._lock:
            armed, self._armed = self._armed, None
            return armed.struck if armed else None

    def relent(self) -> None:
        """End the fault if it has struck; when it did is still known."""
        with self._lock:
            if self._armed and self._armed.struck is not None:
                self._armed.is_over = True

    @contextmanager
    def holding_back(self) -> Iterator[None]:
        """Note that a command is held back meanwhile: its caller may have given it up, and it will still be run."""
        with self._lock:
            self._held_back += 1
        try:
            yield
        finally:
            with self._lock:
                self._held_back -= 1

    @property
    def holds_back(self) -> bool:
        """Whether a command is still to be run."""
        with self._lock:
            return self._held_back > 0

    @property
    def struck(self) -> float | None:
        """When the fault struck, on `time.monotonic()`; None until then."""
        with self._lock:
            return self._armed.struck if self._armed else None

    @property
    def counts(self) -> Counter[str]:
        """How many commands of each kind have passed."""
        with self._lock:
            return Counter(self._counts)

    def strike(self, command: str, connection: int, *, writes: bool = True) -> Fault | None:
        """Count a command; return the fault that strikes at it, if one does."""
        with self._lock:
            self._counts[command] += 1
            self._youngest = max(self._youngest, connection)
            armed = self._armed
            if armed is None:
                return None
            if armed.struck is None:
                if command != armed.site.command or self._counts[command] != armed.site.number:
                    return None
                armed.struck = time.monotonic()
                armed.youngest = self._youngest
                return armed.fault
            return armed.fault if self._goes_on(armed, connection, writes=writes) else None

    @staticmethod
    def _goes_on(armed: _Armed, connection: int, *, writes: bool) -> bool:
        fault = armed.fault
        if armed.struck is None or armed.is_over or fault.span is Span.ONCE or (fault.writes_only and not writes):
            return False
        if fault.span is Span.WHILE:
            return time.monotonic() < armed.struck + fault.seconds
        if fault.span is Span.NOTICED:
            return True
        return connection <= armed.youngest
