"""One event loop in a thread of its own: every POST, every turn and every transition of a worker runs on it.

A callback that blocks stops all of them, so the loop beats: `seconds_since_beat` tells the watchdog how long it has
stood still.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

#: Between two beats.
BEAT_SECONDS: Final = 0.5
#: To end what still runs when the loop is stopped.
_ENDING_SECONDS: Final = 5.0


class LoopThread:
    """A running loop. Make one in each process, after any fork; `close` ends it."""

    def __init__(self, name: str = "lessonhook-loop") -> None:
        self.loop = asyncio.new_event_loop()
        self._last_beat = time.monotonic()
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and return its result; the calling thread waits. Raises what it raises."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def call(self, function: Callable[[], T]) -> T:
        """Run a function on the loop and return its result, for objects that belong to the loop."""

        async def called() -> T:
            return function()

        return self.run(called())

    def seconds_since_beat(self) -> float:
        """Return how long the loop has not come round; some `BEAT_SECONDS` while it is well."""
        return time.monotonic() - self._last_beat

    @property
    def is_own_thread(self) -> bool:
        """Whether the caller runs on the loop."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Stop the loop; what still runs on it is cancelled."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self.loop.call_soon_threadsafe(self.loop.stop)
        if not self.is_own_thread:
            self._thread.join(_ENDING_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self._beat()
        try:
            self.loop.run_forever()
            self._cancel_all()
        finally:
            self.loop.close()

    def _cancel_all(self) -> None:
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.wait(left, timeout=_ENDING_SECONDS))

    def _beat(self) -> None:
        self._last_beat = time.monotonic()
        self.loop.call_later(BEAT_SECONDS, self._beat)
