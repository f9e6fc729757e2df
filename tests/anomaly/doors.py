"""What doors have in common: connections are accepted, taken to the server behind, and cut when it is said so."""

import asyncio
import contextlib
import itertools
from abc import ABC, abstractmethod
from dataclasses import dataclass

from lessonhook.console.processes import LOOPBACK, free_port
from tests.anomaly.trigger import Trigger
from tests.support.loop_server import LoopServer, ServingLoop


@dataclass(eq=False, slots=True)
class Link:
    """One client's connection, and the one to the server that goes with it."""

    number: int
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    #: Whose commands are counted, and struck at; None for who watches.
    trigger: Trigger | None

    def cut(self) -> None:
        """Reset both ends at once."""
        self.client.transport.abort()
        self.server.transport.abort()


class Door(ABC):
    """Stands before `target_port` of the loopback on a port of its own.

    `triggers` say when it strikes: one for everybody, under the name "", or one for each name by which a client of
    Redis introduces itself.
    """

    def __init__(self, target_port: int, loop: ServingLoop, triggers: dict[str, Trigger]) -> None:
        self.port = free_port()
        self.target_port = target_port
        self.triggers = triggers
        self._numbers = itertools.count(1)
        self._links: set[Link] = set()
        self._server = LoopServer(loop, self.port, self._connect)

    def open(self) -> None:
        """Listen."""
        self._server.open()

    def close(self) -> None:
        """Stop listening, and cut every connection."""
        self._server.close()

    @abstractmethod
    def link(self, number: int, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> Link:
        """Make what is remembered of a connection."""

    @abstractmethod
    async def from_client(self, link: Link, reader: asyncio.StreamReader) -> None:
        """Pass on, or strike at, what the client sends, until the connection is over."""

    @abstractmethod
    async def from_server(self, link: Link, reader: asyncio.StreamReader) -> None:
        """Pass on, or strike at, what the server sends, until the connection is over."""

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        replies, server = await asyncio.open_connection(LOOPBACK, self.target_port)
        link = self.link(next(self._numbers), writer, server)
        self._links.add(link)
        ways = {
            asyncio.ensure_future(self.from_client(link, reader)),
            asyncio.ensure_future(self.from_server(link, replies)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._links.discard(link)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            # What is written is sent before the end, so that an error reaches its client.
            with contextlib.suppress(OSError):
                await asyncio.wait_for(writer.drain(), 1)
            link.client.close()
            link.server.transport.abort()
