"""A real HTTP receiver in a thread of its own: it records every request and responds as the test has set it.

It serves some thousands of requests a second on a core, so that it is not what a test waits for.
"""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any, Self

from lessonhook.console.processes import LOOPBACK, free_port, wait_until
from tests.support.endpoints.exchange import ACCEPTED, Post, Response, Script
from tests.support.loop_server import LoopServer, ServingLoop
from tests.support.patience import PATIENCE_SECONDS


class Receiver:
    """An endpoint on the loopback; a path that has no script responds 200.

    Every method may be called from any thread.
    """

    def __init__(self) -> None:
        self.port = free_port()
        #: Connections accepted since the start: reuse by the client shows here.
        self.connections = 0
        self._lock = threading.Lock()
        self._posts: list[Post] = []
        self._scripts: dict[str, list[Script]] = {}
        self._open: dict[str, int] = defaultdict(int)
        self._most: dict[str, int] = defaultdict(int)
        self._released: dict[str, asyncio.Event] = {}
        self._loop = ServingLoop("receiver")
        self._server = LoopServer(self._loop, self.port, self._serve)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
        self._loop.close()

    def url(self, path: str = "/") -> str:
        """Return the URL of a path, which may have a query."""
        return f"http://{LOOPBACK}:{self.port}{path}"

    def respond(self, path: str, *scripts: Script) -> None:
        """Return the next requests to a path (named without query) with these, one each; the last one stays.

        Replaces what was set for the path before.
        """
        with self._lock:
            self._scripts[path] = list(scripts) or [ACCEPTED]

    def release(self, path: str) -> None:
        """Return the requests to a path that hang now; later ones hang again."""
        self._loop.call(self._release(path))

    def down(self) -> None:
        """Refuse connections and cut those that are open."""
        self._server.close()

    def up(self) -> None:
        """Listen, again or for the first time, on the same port."""
        self._server.open()

    @property
    def posts(self) -> list[Post]:
        """Everything that arrived whole, oldest first."""
        with self._lock:
            return list(self._posts)

    def posts_to(self, path: str) -> list[Post]:
        """Return what arrived at one path, oldest first."""
        return [post for post in self.posts if post.path == path]

    def in_flight(self, path: str) -> int:
        """Return how many requests to a path have neither a response nor been given up by their client."""
        with self._lock:
            return self._open[path]

    def most_in_flight(self, path: str) -> int:
        """Return the highest that `in_flight` ever was."""
        with self._lock:
            return self._most[path]

    def wait_for(self, count: int, path: str | None = None, *, seconds: float = PATIENCE_SECONDS) -> list[Post]:
        """Wait until at least `count` requests arrived, at `path` or anywhere, and return all that are there.

        Raises TookTooLong if fewer came within `seconds`.
        """
        wait_until(
            lambda: len(self._seen(path)) >= count,
            seconds,
            lambda: f"{count} requests at {path or 'any path'}; {len(self._seen(path))} came",
        )
        return self._seen(path)

    def _seen(self, path: str | None) -> list[Post]:
        return self.posts if path is None else self.posts_to(path)

    async def _release(self, path: str) -> None:
        self._released.pop(path, asyncio.Event()).set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while await self._serve_one(reader, writer):
            pass

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        post = self._record(await _read(reader))
        try:
            response = self._next_response(post)
            responded = not response.drops and await self._wait_as_told(response, post.path, reader)
        finally:
            with self._lock:
                self._open[post.path] -= 1
        if responded:
            writer.write(response.encode())
            await writer.drain()
        return responded

    async def _wait_as_told(self, response: Response, path: str, reader: asyncio.StreamReader) -> bool:
        # An endpoint that is slow, as the test told it.
        if response.delay_seconds and await _gone_within(reader, asyncio.sleep(response.delay_seconds)):
            return False
        released = self._released.setdefault(path, asyncio.Event()) if response.hangs else None
        return released is None or not await _gone_within(reader, released.wait())

    def _record(self, request: tuple[str, str, tuple[tuple[str, str], ...], bytes]) -> Post:
        method, target, headers, body = request
        with self._lock:
            post = Post(len(self._posts), time.monotonic(), method, target, headers, body)
            self._posts.append(post)
            self._open[post.path] += 1
            self._most[post.path] = max(self._most[post.path], self._open[post.path])
        return post

    def _next_response(self, post: Post) -> Response:
        with self._lock:
            scripts = self._scripts.get(post.path, [ACCEPTED])
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script if isinstance(script, Response) else script(post)


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, tuple[tuple[str, str], ...], bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    request_line, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, target, _ = request_line.split(" ")
    # One blank after the colon belongs to the syntax; any further one is part of what the client wrote.
    headers = tuple((name, value.removeprefix(" ")) for name, _, value in (line.partition(":") for line in lines))
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return method, target, headers, await reader.readexactly(length)


async def _gone_within(reader: asyncio.StreamReader, wait: Coroutine[Any, Any, Any]) -> bool:
    """Wait, and return whether the client went away before that was over.

    A client sends nothing before it has its response, so all that can be read meanwhile is the end.
    """
    gone = asyncio.ensure_future(reader.read(1))
    waiting = asyncio.ensure_future(wait)
    try:
        await asyncio.wait({gone, waiting}, return_when=asyncio.FIRST_COMPLETED)
        return gone.done()
    finally:
        for future in (gone, waiting):
            future.cancel()
        await asyncio.gather(gone, waiting, return_exceptions=True)
