"""A door before a Redis server: it reads whole commands and replies, and strikes at one of them."""

import asyncio
import re
from collections import deque
from dataclasses import dataclass, field

from tests.anomaly.doors import Door, Link
from tests.anomaly.faults import Act, Fault
from tests.anomaly.resp import PUSH, end_of_reply, read_command
from tests.anomaly.sites import READS, command_name
from tests.anomaly.trigger import Trigger
from tests.support.loop_server import ServingLoop

_CHUNK_BYTES = 65_536
_SUBSCRIBES = frozenset({"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"})
_DISCARD = b"*1\r\n$7\r\nDISCARD\r\n"
_ABORTED = b"-EXECABORT Transaction discarded because of previous errors.\r\n"
#: Sentinels watch the server by way of the door as well; their connections name themselves so.
_SENTINEL = re.compile(rb"sentinel-")


@dataclass(slots=True)
class _Expected:
    """What becomes of one reply: passed on, replaced, or struck by a fault."""

    #: Sent in place of the server's reply.
    instead: bytes | None = None
    #: Whether the server was asked at all.
    asked: bool = True
    fault: Fault | None = None


@dataclass(eq=False, slots=True)
class _RedisLink(Link):
    """What of a connection to Redis has to be remembered."""

    expected: deque[_Expected] = field(default_factory=deque)
    subscriber: bool = False
    in_transaction: bool = False
    #: A command of the open transaction was refused, so that its EXEC must fail.
    spoiled: bool = False
    #: A command of the open transaction writes; a server that refuses writes executes one that only reads.
    wrote: bool = False

    def begin_or_end_transaction(self, command: str) -> None:
        """Follow MULTI and EXEC as they pass."""
        if command == "MULTI":
            self.in_transaction, self.spoiled, self.wrote = True, False, False
        elif command in {"EXEC", "DISCARD"}:
            self.in_transaction = self.spoiled = self.wrote = False
        elif command not in READS:
            self.wrote = True

    def writes(self, command: str) -> bool:
        """Return whether a command writes, or ends a transaction that does."""
        return self.wrote if command == "EXEC" and self.in_transaction else command not in READS


class RedisDoor(Door):
    """A door before a Redis server."""

    def __init__(
        self, target_port: int, loop: ServingLoop, triggers: dict[str, Trigger], scripts: dict[bytes, str]
    ) -> None:
        super().__init__(target_port, loop, triggers)
        self._scripts = scripts

    def link(self, number: int, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> Link:
        """Make what is remembered of a connection."""
        return _RedisLink(number, client, server, self.triggers.get(""))

    async def from_client(self, link: Link, reader: asyncio.StreamReader) -> None:
        """Read commands."""
        assert isinstance(link, _RedisLink)
        await self._commands(link, reader)

    async def from_server(self, link: Link, reader: asyncio.StreamReader) -> None:
        """Read replies."""
        assert isinstance(link, _RedisLink)
        await self._replies(link, reader)

    async def _commands(self, link: _RedisLink, reader: asyncio.StreamReader) -> None:
        waiting = bytearray()
        while chunk := await reader.read(_CHUNK_BYTES):
            waiting += chunk
            while waiting and (found := read_command(waiting)):
                words, end = found
                raw = bytes(waiting[:end])
                del waiting[:end]
                if not await self._command(link, words, raw):
                    return
            await link.server.drain()

    async def _command(self, link: _RedisLink, words: list[bytes], raw: bytes) -> bool:
        """Pass one command on, or strike at it; return False when the connection is over."""
        name = command_name(words, self._scripts)
        if name == "CLIENT-SETNAME":
            self._introduced(link, words[-1])
        if name in _SUBSCRIBES:
            link.subscriber = True
        fault = link.trigger.strike(name, link.number, writes=link.writes(name)) if link.trigger else None
        if fault is None:
            aborted = name == "EXEC" and link.spoiled
            link.begin_or_end_transaction(name)
            self._ask(link, _DISCARD if aborted else raw, _Expected(instead=_ABORTED if aborted else None))
            return True
        return await self._strike(link, fault, name, raw)

    def _introduced(self, link: _RedisLink, name: bytes) -> None:
        if _SENTINEL.match(name):
            link.trigger = None
        elif "" not in self.triggers:
            link.trigger = self.triggers.get(name.decode())

    async def _strike(self, link: _RedisLink, fault: Fault, name: str, raw: bytes) -> bool:
        if fault.act is Act.CUT_BEFORE:
            link.cut()
            return False
        if fault.act is Act.DELAY:
            assert link.trigger is not None
            with link.trigger.holding_back():
                await asyncio.sleep(fault.seconds)  # the fault is this delay
                self._ask(link, raw, _Expected())
            return True
        if fault.act in {Act.CUT_AFTER, Act.HALF_REPLY}:
            self._ask(link, raw, _Expected(fault=fault))
            return True
        error = b"-" + fault.text.format(port=self.port).encode() + b"\r\n"
        if name == "EXEC" and link.in_transaction:
            link.begin_or_end_transaction(name)
            self._ask(link, _DISCARD, _Expected(instead=error))
        else:
            link.spoiled = link.in_transaction
            link.expected.append(_Expected(instead=error, asked=False))
            self._send_ready(link)
        if fault.act is Act.ERROR_AND_CLOSE:
            await link.client.drain()
            return False
        return True

    def _ask(self, link: _RedisLink, raw: bytes, expected: _Expected) -> None:
        link.expected.append(expected)
        if not link.server.transport.is_closing():
            link.server.write(raw)

    @staticmethod
    def _send(link: _RedisLink, data: bytes) -> None:
        if not link.client.transport.is_closing():
            link.client.write(data)

    def _send_ready(self, link: _RedisLink) -> None:
        """Send the errors that wait for no server any more."""
        while link.expected and not link.expected[0].asked:
            self._send(link, link.expected.popleft().instead or b"")
        if link.subscriber:
            # A subscriber's replies cannot be counted: what the server owes it is never known.
            while link.expected:
                expected = link.expected.popleft()
                if not expected.asked:
                    self._send(link, expected.instead or b"")

    async def _replies(self, link: _RedisLink, reader: asyncio.StreamReader) -> None:
        waiting = bytearray()
        while chunk := await reader.read(_CHUNK_BYTES):
            waiting += chunk
            while waiting and (end := end_of_reply(waiting)):
                reply = bytes(waiting[:end])
                del waiting[:end]
                if not self._reply(link, reply):
                    return
            await link.client.drain()

    def _reply(self, link: _RedisLink, reply: bytes) -> bool:
        """Pass one reply on, replace it or strike at it; return False when the connection is over."""
        if reply[0] == PUSH or not link.expected:
            self._send(link, reply)
            return True
        expected = link.expected.popleft()
        if expected.fault:
            if expected.fault.act is Act.HALF_REPLY:
                link.client.write(reply[: max(1, len(reply) // 2)])
                return False
            link.cut()
            return False
        self._send(link, reply if expected.instead is None else expected.instead)
        self._send_ready(link)
        return True
