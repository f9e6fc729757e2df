"""A TCP server of the loopback on an event loop of a thread: each connection is a task, and a stop cuts all of them."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from lessonhook.console.processes import LOOPBACK

T = TypeVar("T")
#: What is done with one connection; when it returns, the connection is closed.
Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_CALL_SECONDS: Final = 10.0
#: What a reader keeps in memory while it looks for the end of a line or of a head.
_READ_LIMIT_BYTES: Final = 1_048_576


class ServingLoop:
    """Runs coroutines for other threads."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end and return its result."""
        try:
            future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except RuntimeError:
            # The loop is closed: its server has ended under its user.
            coroutine.close()
            raise
        return future.result(_CALL_SECONDS)

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CALL_SECONDS)
        self._loop.close()


class LoopServer:
    """Listens on one port, from `open` to `close` and again. Call it from any thread but the loop's."""

    def __init__(self, loop: ServingLoop, port: int, handle: Handle) -> None:
        self._loop = loop
        self._port = port
        self._handle = handle
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Listen, unless it listens already."""
        self._loop.call(self._open())

    def close(self) -> None:
        """Stop listening, and cut every connection."""
        self._loop.call(self._close())

    async def _open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, LOOPBACK, self._port, limit=_READ_LIMIT_BYTES)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            # Either end may go away, within a request too, and a close cancels.
            with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
                await self._handle(reader, writer)
        finally:
            writer.transport.abort()
            self._serving.discard(task)
