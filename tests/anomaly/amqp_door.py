"""A door before RabbitMQ: it reads whole frames of AMQP 0-9-1, and strikes at one of them.

https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf
"""

import asyncio
import struct
from dataclasses import dataclass, field
from typing import Final

from tests.anomaly.doors import Door, Link
from tests.anomaly.faults import Act, Fault

_CHUNK_BYTES: Final = 65_536
_PROTOCOL_HEADER_BYTES: Final = 8
#: Type, channel and size, before the payload; one byte ends a frame.
_HEAD: Final = struct.Struct(">BHI")
_FRAME_END: Final = b"\xce"
_METHOD, _CONTENT_HEADER, _CONTENT_BODY = 1, 2, 3
_NAMES: Final = {
    (10, 11): "connection.start-ok",
    (10, 31): "connection.tune-ok",
    (10, 40): "connection.open",
    (10, 50): "connection.close",
    (20, 10): "channel.open",
    (20, 40): "channel.close",
    (40, 10): "exchange.declare",
    (50, 10): "queue.declare",
    (50, 20): "queue.bind",
    (60, 10): "basic.qos",
    (60, 20): "basic.consume",
    (60, 40): "basic.publish",
    (60, 80): "basic.ack",
    (60, 90): "basic.reject",
}
_CONNECTION_CLOSE: Final = struct.pack(">HH", 10, 50)
_CONNECTION_CLOSE_OK: Final = (10, 51)
_CHANNEL_CLOSE: Final = struct.pack(">HH", 20, 40)
_CHANNEL_CLOSE_OK: Final = (20, 41)
#: Codes of AMQP from here on end one channel alone, but for those named.
_OF_A_CONNECTION: Final = frozenset({"320", "402", "501", "502", "503", "504", "505", "530", "540", "541"})


@dataclass(frozen=True, slots=True)
class _Frame:
    kind: int
    channel: int
    payload: bytes
    raw: bytes

    @property
    def method(self) -> tuple[int, int]:
        """The class and the method, of a method's frame."""
        return (0, 0) if self.kind != _METHOD else struct.unpack(">HH", self.payload[:4])

    @property
    def name(self) -> str:
        """What it is called; "" for what is not counted: heartbeats, and what only confirms."""
        if self.kind == _CONTENT_BODY:
            return "content.body"
        return _NAMES.get(self.method, "") if self.kind == _METHOD else ""


@dataclass(eq=False, slots=True)
class _AmqpLink(Link):
    #: Channels that were closed by a fault, until both ends have said so.
    closing: set[int] = field(default_factory=set)
    #: Of those, the ones that the server is done with.
    closed_by_server: set[int] = field(default_factory=set)
    #: Of those, the ones that the client is done with, and what it sent since: it opens the channel anew, and the
    #: server has to be done with the old one first.
    reopened: dict[int, list[bytes]] = field(default_factory=dict)

    def forget_closed(self, channel: int) -> None:
        """Let a channel be used again when both ends are done with it."""
        if channel in self.closed_by_server and channel in self.reopened:
            self.closing.discard(channel)
            self.closed_by_server.discard(channel)
            self.server.writelines(self.reopened.pop(channel))

    #: What becomes of the server's next frame.
    next_reply: Fault | None = None
    #: The connection was closed by a fault; it ends when the client has said so.
    over: bool = False


def _read(data: bytearray) -> _Frame | None:
    if len(data) < _HEAD.size:
        return None
    kind, channel, size = _HEAD.unpack_from(data)
    end = _HEAD.size + size + len(_FRAME_END)
    if len(data) < end:
        return None
    raw = bytes(data[:end])
    del data[:end]
    return _Frame(kind, channel, raw[_HEAD.size : -1], raw)


def _close(channel: int, close: bytes, code: int, text: str) -> bytes:
    words = text.encode()
    payload = close + struct.pack(">HB", code, len(words)) + words + struct.pack(">HH", 0, 0)
    return _HEAD.pack(_METHOD, channel, len(payload)) + payload + _FRAME_END


class AmqpDoor(Door):
    """A door before RabbitMQ."""

    def link(self, number: int, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> Link:
        """Make what is remembered of a connection."""
        return _AmqpLink(number, client, server, self.triggers.get(""))

    async def from_client(self, link: Link, reader: asyncio.StreamReader) -> None:
        """Read frames."""
        assert isinstance(link, _AmqpLink)
        link.server.write(await reader.readexactly(_PROTOCOL_HEADER_BYTES))
        waiting = bytearray()
        while chunk := await reader.read(_CHUNK_BYTES):
            waiting += chunk
            while frame := _read(waiting):
                if not await self._frame(link, frame):
                    return
            await link.server.drain()

    async def from_server(self, link: Link, reader: asyncio.StreamReader) -> None:
        """Read frames, and strike at one that follows what was struck at."""
        assert isinstance(link, _AmqpLink)
        waiting = bytearray()
        while chunk := await reader.read(_CHUNK_BYTES):
            waiting += chunk
            while frame := _read(waiting):
                if link.next_reply is not None:
                    link.client.write(frame.raw[: len(frame.raw) // 2])
                    return
                if link.over or (frame.channel in link.closing and frame.channel):
                    if frame.method == _CHANNEL_CLOSE_OK:
                        link.closed_by_server.add(frame.channel)
                        link.forget_closed(frame.channel)
                    continue
                link.client.write(frame.raw)
            await link.client.drain()

    async def _frame(self, link: _AmqpLink, frame: _Frame) -> bool:
        """Pass one frame on, or strike at it; return False when the connection is over."""
        if link.over:
            return frame.method != _CONNECTION_CLOSE_OK
        if frame.channel in link.closing and frame.channel:
            # The client's own close-ok is not for the server, which has been asked to close the channel already.
            if frame.method == _CHANNEL_CLOSE_OK:
                link.reopened[frame.channel] = []
                link.forget_closed(frame.channel)
            elif frame.channel in link.reopened:
                link.reopened[frame.channel].append(frame.raw)
            return True
        fault = link.trigger.strike(frame.name, link.number) if link.trigger and frame.name else None
        if fault is None:
            link.server.write(frame.raw)
            return True
        return await self._strike(link, fault, frame)

    async def _strike(self, link: _AmqpLink, fault: Fault, frame: _Frame) -> bool:
        if fault.act is Act.CUT_BEFORE:
            link.cut()
            return False
        if fault.act is Act.ERROR:
            self._say(link, fault, frame)
            return True
        if fault.act is Act.DELAY:
            assert link.trigger is not None
            with link.trigger.holding_back():
                await asyncio.sleep(fault.seconds)  # the fault is this delay
                link.server.write(frame.raw)
            return True
        link.server.write(frame.raw)
        await link.server.drain()
        if fault.act is Act.CUT_AFTER:
            link.server.close()
            link.client.transport.abort()
            return False
        if fault.act is Act.HALF_REPLY:
            link.next_reply = fault
        return True

    @staticmethod
    def _say(link: _AmqpLink, fault: Fault, frame: _Frame) -> None:
        code, _, text = fault.text.partition(" ")
        # Of a connection that is not open yet, no channel can be closed.
        if code in _OF_A_CONNECTION or not frame.channel:
            link.over = True
            link.client.write(_close(0, _CONNECTION_CLOSE, int(code), text))
        else:
            link.closing.add(frame.channel)
            link.client.write(_close(frame.channel, _CHANNEL_CLOSE, int(code), text))
            link.server.write(_close(frame.channel, _CHANNEL_CLOSE, 200, "closed by a fault"))
