"""Threads for what blocks: publishing through kombu, receivers of notices and signals, single reads of the ledger.

They are few on purpose. Each hand-over of the interpreter costs the loop some 50 microseconds.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

#: Enough for one that waits for a frozen broker and others that go on beside it.
_THREADS: Final = 4


class Helpers:
    """Runs functions beside the loop, in the order in which they were given as far as there are threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="lessonhook-helper")

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a function in a helper thread and return its result. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def close(self) -> None:
        """End once what was given has run."""
        self._threads.shutdown(wait=True)
