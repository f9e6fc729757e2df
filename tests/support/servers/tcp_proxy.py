"""A TCP proxy before a server: it cuts connections, goes silent, or is late with replies, when the test says so."""

import asyncio
from dataclasses import dataclass, field
from typing import Self

from lessonhook.console.processes import LOOPBACK, free_port
from tests.support.loop_server import LoopServer, ServingLoop

_CHUNK_BYTES = 65_536


@dataclass(eq=False, slots=True)
class _Link:
    """One client's connection, and the one to the server that goes with it."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    #: Set while bytes may pass.
    passing: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set while the server's replies may pass.
    responding: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """Reset both ends at once: what was under way is lost."""
        for writer in self.writers:
            writer.transport.abort()


class Proxy:
    """Stands before a port of the loopback, on a port of its own. Every method may be called from any thread."""

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self._target_port = target_port
        self._links: set[_Link] = set()
        self._silent = False
        self._marker: bytes | None = None
        self._kept_back: bytes | None = None
        self._late_seconds = 0.0
        #: How many replies it has passed on late.
        self.late_replies = 0
        self._loop = ServingLoop("proxy")
        self._server = LoopServer(self._loop, self.port, self._link)

    def __enter__(self) -> Self:
        self._server.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._loop.close()

    def url_of(self, database: int = 0) -> str:
        """Return the URL of a Redis database behind this proxy."""
        return f"redis://{LOOPBACK}:{self.port}/{database}"

    def cut(self) -> int:
        """Reset every connection that is open now and return how many; new ones are let through."""
        return self._loop.call(self._cut())

    def lead_to(self, port: int) -> None:
        """Lead new connections to another server; those that are open stay where they are, as with DNS."""
        self._target_port = port

    def go_silent(self) -> None:
        """Let no byte pass from now on, either way; connections stay open, and new ones are accepted."""
        self._loop.call(self._set_silent(silent=True))

    def speak(self) -> None:
        """Let bytes pass again, those first that were kept back, replies too."""
        self._kept_back = None
        self._loop.call(self._set_silent(silent=False))

    def swallow(self, marker: bytes) -> None:
        """Go silent, for good, on each connection from the moment that its client sends `marker`, that included."""
        self._marker = marker

    def swallow_no_more(self) -> None:
        """Let new connections pass; those that went silent stay so."""
        self._marker = None

    def keep_reply_back(self, marker: bytes) -> None:
        """Let the server hear `marker`, and the client that sends it no reply from then on, until `speak`."""
        self._kept_back = marker

    def reply_late(self, seconds: float) -> None:
        """Pass on each reply so much later, on every connection."""
        self._late_seconds = seconds

    async def _cut(self) -> int:
        links = list(self._links)
        for link in links:
            link.cut()
        return len(links)

    async def _set_silent(self, *, silent: bool) -> None:
        self._silent = silent
        for link in self._links:
            if silent:
                link.passing.clear()
            else:
                link.passing.set()
                link.responding.set()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        replies, server = await asyncio.open_connection(LOOPBACK, self._target_port)
        link = _Link((writer, server))
        if not self._silent:
            link.passing.set()
        link.responding.set()
        self._links.add(link)
        ways = {
            asyncio.ensure_future(self._pass_on(link, reader, server, asked=True)),
            asyncio.ensure_future(self._pass_on(link, replies, writer, asked=False)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._links.discard(link)
            # Before anything is waited for: the proxy's own end may come just then, and leave the rest undone.
            link.cut()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass_on(
        self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, asked: bool
    ) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            if asked and self._marker is not None and self._marker in chunk:
                link.passing.clear()
                self._links.discard(link)
            if asked and self._kept_back is not None and self._kept_back in chunk:
                link.responding.clear()
            if not asked:
                await link.responding.wait()
                if self._late_seconds:
                    await asyncio.sleep(self._late_seconds)  # the fault is this delay
                    self.late_replies += 1
            await link.passing.wait()
            writer.write(chunk)
            await writer.drain()
