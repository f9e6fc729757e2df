"""A server that is never silent and never done: each reply comes byte by byte, for as long as its client listens."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lessonhook.console.processes import free_port
from tests.support.loop_server import LoopServer, ServingLoop

#: How a reply begins that has a million bytes: a string of RESP, and a frame of AMQP.
REDIS: Final = b"$1000000\r\n"
RABBITMQ: Final = b"\x01\x00\x00\x00\x0f\x42\x40"
#: Far below each limit of a wait.
_BETWEEN_SECONDS: Final = 0.05


@contextmanager
def dripping_server(beginning: bytes) -> Iterator[int]:
    """Yield the port of a server whose only reply begins so."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(beginning)
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(_BETWEEN_SECONDS)  # the fault is this delay

    loop, port = ServingLoop("dripping"), free_port()
    server = LoopServer(loop, port, drip)
    server.open()
    try:
        yield port
    finally:
        server.close()
        loop.close()
