"""Waits on the loop for a socket."""

import asyncio
import select
import socket


async def until_readable(sock: socket.socket) -> None:
    """Wait until the socket has something to read, or its end."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(sock.fileno(), _settle, ready)
    try:
        await ready
    finally:
        loop.remove_reader(sock.fileno())


async def until_writable(sock: socket.socket) -> None:
    """Wait until the socket takes bytes, or is connected, or has failed to connect."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_writer(sock.fileno(), _settle, ready)
    try:
        await ready
    finally:
        loop.remove_writer(sock.fileno())


def is_writable(sock: socket.socket) -> bool:
    """Return whether that has come, without the loop."""
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    return bool(poll.poll(0))


def _settle(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
