"""Opens a connection to an endpoint: resolve, check, connect to what was checked, TLS by name."""

import errno
import os
import socket
import ssl
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

from lessonhook.config import shortage_in
from lessonhook.ledger import Reason
from lessonhook.ledger.subscriptions import Network, why_blocked
from lessonhook.worker.client.deadline import Deadline, until
from lessonhook.worker.client.endpoint_connection import EndpointConnection, Key
from lessonhook.worker.client.failure import Failure, NotStarted, check_in_time, while_opening, while_shaking_hands
from lessonhook.worker.client.proxy import Proxy
from lessonhook.worker.client.readiness import is_writable, until_readable, until_writable
from lessonhook.worker.client.resolver import Resolver
from lessonhook.worker.client.streams import PlainStream, Stream, TlsStream
from lessonhook.worker.client.tls_contexts import TlsContexts

#: What the system says at once, before a packet goes out, and what this machine lacks then. Of IPv6 it says the same
#: where there is none here, and then the endpoint's other addresses count.
_NO_WAY_OUT: Final = {
    errno.EADDRNOTAVAIL: "this machine has too few local ports",
    errno.ENETDOWN: "this machine's network is down",
    errno.ENETUNREACH: "this machine has no way into the network",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialer:
    """What is needed to open connections, the same for all of them."""

    resolver: Resolver
    contexts: TlsContexts
    allowed_networks: tuple[Network, ...]
    connect_timeout_seconds: float
    proxy: Proxy | None

    async def dial(self, key: Key, deadline: Deadline) -> EndpointConnection:
        """Open a connection within the connect timeout and the deadline, TLS included; raise Failure."""
        # The time that it takes to make a context is not the endpoint's.
        context = await self.contexts.of(key.identity, deadline) if key.scheme == "https" else None
        opening = deadline.sooner(self.connect_timeout_seconds)
        addresses = await self._checked_addresses(key.host, opening)
        if self.proxy is None:
            sock = await _connect_any(addresses, key.port, opening, whose="the endpoint")
        else:
            sock = await self._connect_proxy(self.proxy, opening)
        try:
            stream: Stream = PlainStream(sock)
            if context is not None:
                check_in_time(opening)
                if self.proxy is not None:
                    await self._tunnel(self.proxy, sock, addresses[0], key.port, opening)
                beside = self.contexts.handshake_threads if key.identity.ca_bundle is not None else None
                stream = await self._secure(sock, context, key, opening, beside)
            check_in_time(deadline)
            return EndpointConnection(key, stream)
        except BaseException:
            sock.close()
            raise

    async def _checked_addresses(self, host: str, deadline: Deadline) -> tuple[str, ...]:
        """Return what may be connected to.

        Refuse the host if any of its addresses is blocked: a private address among public ones is how DNS rebinding
        is tried.
        """
        addresses = await self.resolver.addresses(host, deadline)
        for address in addresses:
            if kind := why_blocked(address, self.allowed_networks):
                shown = host if host == address else f"{host} is {address}, which"
                detail = f"{shown} may not be posted to ({kind}); LESSONHOOK_ALLOWED_PRIVATE_NETWORKS opens networks"
                raise Failure(Reason.BLOCKED, detail)
        return addresses

    async def _connect_proxy(self, proxy: Proxy, deadline: Deadline) -> socket.socket:
        """Connect to the operator's own proxy. It may be private, and what it lacks is charged to nobody."""
        try:
            nearby = await self.resolver.addresses(proxy.host, deadline)
            return await _connect_any(nearby, proxy.port, deadline, whose="the proxy")
        except Failure as failure:
            raise NotStarted(failure.detail) from None

    @staticmethod
    async def _secure(
        sock: socket.socket, context: ssl.SSLContext, key: Key, deadline: Deadline, beside: Executor | None
    ) -> TlsStream:
        """Shake hands; between two steps everybody else has a turn, whatever the endpoint sends.

        A company's own authority signs any certificate, so that these are checked `beside` the loop.
        """
        # The name and not the address: it goes out as SNI, and the certificate must be for it.
        stream = TlsStream(sock, context, key.host.rstrip("."))
        try:
            async with until(deadline):
                readable = False
                while True:
                    try:
                        if await stream.shake_hands(readable=readable, beside=beside):
                            return stream
                    except BlockingIOError:
                        await until_writable(sock)
                        readable = False
                    else:
                        await until_readable(sock)
                        readable = True
        except OSError as error:
            if stream.waits_for_thread and isinstance(error, TimeoutError):
                raise NotStarted("no thread had time to check the endpoint's certificates") from None
            raise while_shaking_hands(error, deadline, key.identity) from None

    @staticmethod
    async def _tunnel(proxy: Proxy, sock: socket.socket, address: str, port: int, deadline: Deadline) -> None:
        try:
            async with until(deadline):
                await proxy.open_tunnel(sock, address, port)
        except OSError as error:
            raise while_opening(error, deadline, whose="the endpoint through the proxy") from None


async def _connect_any(addresses: tuple[str, ...], port: int, deadline: Deadline, *, whose: str) -> socket.socket:
    """Try the addresses in their order, each with its share of the time that is left."""
    failure: OSError = TimeoutError()
    lacking = ""
    for untried, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            return await _connect(address, port, deadline.sooner(deadline.left() / untried))
        except NotStarted as shortage:
            lacking = str(shortage)
        except OSError as error:
            failure, lacking = error, lacking or shortage_in(error)
    if lacking:
        # That address may have been the one that accepts.
        raise NotStarted(lacking)
    raise while_opening(failure, deadline, whose=whose) from None


async def _connect(address: str, port: int, deadline: Deadline) -> socket.socket:
    """Connect to an address in numbers: no name is looked up here, so none can have changed since it was checked.

    Raise OSError, and NotStarted where this machine has no way out.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            sock.connect((address, port))
        except BlockingIOError:
            await _until_connected(sock, deadline)
            if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(number, os.strerror(number)) from None
        except OSError as error:
            if sock.family is socket.AF_INET and (lacking := _NO_WAY_OUT.get(error.errno or 0)):
                raise NotStarted(lacking) from None
            raise
    except BaseException:
        sock.close()
        raise
    return sock


async def _until_connected(sock: socket.socket, deadline: Deadline) -> None:
    """Wait until the connection is there or has failed; raise TimeoutError if neither came in time.

    A loop that stood still finds both at once, the connection and the end of its time. The endpoint was in time then.
    """
    try:
        async with until(deadline):
            await until_writable(sock)
    except TimeoutError:
        if not is_writable(sock):
            raise
