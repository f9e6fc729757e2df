"""A forward proxy, for customers who let in one address only."""

import asyncio
import base64
import re
import socket
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from lessonhook.config import LessonhookError
from lessonhook.ledger import Reason
from lessonhook.worker.client.failure import Failure, NotStarted

_DEFAULT_PORT: Final = 3128
_HEAD_LIMIT_BYTES: Final = 16_384
_OK: Final = range(200, 300)
_UNKNOWN_TO_PROXY: Final = 407
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([0-9]{3})\b")


class InvalidProxy(LessonhookError):
    """`LESSONHOOK_PROXY_URL` cannot be used; its text says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is, and how we prove to it who we are."""

    host: str
    port: int
    #: The value of `Proxy-Authorization`, for the proxy only.
    authorization: str | None = field(repr=False)

    @property
    def credentials(self) -> tuple[str, ...]:
        """What of it may be shown nowhere."""
        return (self.authorization, self.authorization.partition(" ")[2]) if self.authorization else ()

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `http://user:password@host:port`; raise InvalidProxy."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or _DEFAULT_PORT
        except ValueError:
            raise InvalidProxy("LESSONHOOK_PROXY_URL is no URL") from None
        if parts.scheme != "http" or not host:
            raise InvalidProxy("LESSONHOOK_PROXY_URL must be like http://proxy.example:3128")
        if parts.username is None:
            return cls(host, port, None)
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return cls(host, port, f"Basic {base64.b64encode(credentials.encode()).decode()}")

    async def open_tunnel(self, sock: socket.socket, address: str, port: int) -> None:
        """Ask the proxy for a connection to an address that was checked; raise Failure if it gives none.

        Raise NotStarted if it is no proxy, or does not take our credentials: both are the operator's.
        Ask for the address and not the name, because the proxy would look the name up again and might find another.
        """
        authority = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        if self.authorization:
            lines.append(f"Proxy-Authorization: {self.authorization}")
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(sock, "\r\n".join((*lines, "", "")).encode("ascii"))
        match = _STATUS_LINE.match(await _read_head(sock))
        if match is None:
            raise NotStarted("the response of the proxy is not HTTP/1.1")
        status = int(match[1])
        refusal = f"the proxy refused to connect to the endpoint: {status}"
        if status == _UNKNOWN_TO_PROXY:
            raise NotStarted(f"{refusal}; check the credentials in LESSONHOOK_PROXY_URL")
        if status not in _OK:
            raise Failure(Reason.CONNECTION, refusal)


async def _read_head(sock: socket.socket) -> bytes:
    """Read to the end of the headers and not one byte further: what follows is the endpoint's."""
    loop = asyncio.get_running_loop()
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        byte = await loop.sock_recv(sock, 1)
        if not byte or len(head) >= _HEAD_LIMIT_BYTES:
            raise Failure(Reason.CONNECTION, "the proxy closed the connection, or its response has no end")
        head += byte
    return bytes(head)
