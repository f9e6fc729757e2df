"""A case that does not end: it is told with the place where its thread stands, and its world is given up."""

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.anomaly.run import Case
from tests.anomaly.world import World


@dataclass(eq=False, slots=True)
class Place:
    """A world, the thread that plays in it, and what it plays now."""

    world: World
    #: Ends the world; who waits for one of its servers gets an error then.
    close: Callable[[], None]
    #: Whether the other worlds wait for it to rehearse its part.
    joins: bool
    case: Case | None = None
    #: By the monotonic clock.
    begun: float = 0.0
    is_given_up: bool = False
    thread: threading.Thread = field(default_factory=threading.current_thread)

    @contextmanager
    def playing(self, case: Case) -> Iterator[None]:
        """Note what is played while the block lasts."""
        self.case, self.begun = case, time.monotonic()
        try:
            yield
        finally:
            self.case = None

    def give_up_after(self, seconds: float) -> tuple[Case, str] | None:
        """Close the world if its case has been played for so long; return the case, and what is wrong."""
        case, lasted = self.case, time.monotonic() - self.begun
        if self.is_given_up or case is None or lasted < seconds:
            return None
        self.is_given_up = True
        stands = self._stack()
        # In a thread of its own, because what holds the case may hold this as well.
        threading.Thread(target=self.close, name="close an overdue world", daemon=True).start()
        return case, f"it has not ended after {lasted:.0f} s, and stands in:\n{stands}"

    def _stack(self) -> str:
        frame = sys._current_frames().get(self.thread.ident or 0)  # the only way to another's stack
        return "".join(traceback.format_stack(frame)) if frame else "a thread that is gone"
