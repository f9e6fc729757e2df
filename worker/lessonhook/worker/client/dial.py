"""Opens a connection to an endpoint: resolve, check, connect to what was checked, TLS by name."""

import socket
import ssl
from dataclasses import dataclass

from lessonhook.ledger import Reason
from lessonhook.ledger.callback_url import CallbackUrl
from lessonhook.worker.client.connection import Connection, Key
from lessonhook.worker.client.curfew import Curfew
from lessonhook.worker.client.deadline import Deadline
from lessonhook.worker.client.failure import Failure, while_opening, while_shaking_hands
from lessonhook.worker.client.guard import Network, why_blocked
from lessonhook.worker.client.proxy import Proxy
from lessonhook.worker.client.resolver import Resolver


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialer:
    """What is needed to open connections, the same for all of them."""

    resolver: Resolver
    context: ssl.SSLContext
    curfew: Curfew
    allowed_networks: tuple[Network, ...]
    connect_timeout_seconds: float
    proxy: Proxy | None

    def dial(self, url: CallbackUrl, deadline: Deadline) -> Connection:
        """Open a connection within the connect timeout and the deadline, TLS included; raise Failure."""
        opening = deadline.sooner(self.connect_timeout_seconds)
        addresses = self._checked_addresses(url.host, opening)
        if self.proxy is None:
            sock = _connect_any(addresses, url.port, opening, whose="the endpoint")
        else:
            # The proxy is the operator's own, so it may be private; what it is asked for may not.
            nearby = self.resolver.addresses(self.proxy.host, opening)
            sock = _connect_any(nearby, self.proxy.port, opening, whose="the proxy")
        try:
            if url.scheme == "https":
                if self.proxy is not None:
                    self._tunnel(self.proxy, sock, addresses[0], url.port, opening)
                sock = self._secure(sock, url.host, opening)
        except BaseException:
            sock.close()
            raise
        return Connection(Key(url.scheme, url.host, url.port), sock)

    def _checked_addresses(self, host: str, deadline: Deadline) -> tuple[str, ...]:
        """Answer what may be connected to. One bad address among good ones is an attempt, so it spoils the name."""
        addresses = self.resolver.addresses(host, deadline)
        for address in addresses:
            if kind := why_blocked(address, self.allowed_networks):
                shown = host if host == address else f"{host} is {address}, which"
                detail = f"{shown} may not be posted to ({kind}); LESSONHOOK_ALLOWED_PRIVATE_NETWORKS opens networks"
                raise Failure(Reason.BLOCKED, detail)
        return addresses

    def _secure(self, sock: socket.socket, host: str, deadline: Deadline) -> ssl.SSLSocket:
        secured = None
        try:
            # The name and not the address: it goes out as SNI, and the certificate must be for it.
            secured = self.context.wrap_socket(sock, server_hostname=host.rstrip("."), do_handshake_on_connect=False)
            with self.curfew.watch(secured, deadline):
                secured.settimeout(deadline.left())
                secured.do_handshake()
        except BaseException as error:
            if secured is not None:
                secured.close()
            if isinstance(error, OSError):
                raise while_shaking_hands(error, deadline) from None
            raise
        return secured

    @staticmethod
    def _tunnel(proxy: Proxy, sock: socket.socket, address: str, port: int, deadline: Deadline) -> None:
        try:
            proxy.open_tunnel(sock, address, port, deadline)
        except OSError as error:
            raise while_opening(error, deadline, whose="the endpoint through the proxy") from None


def _connect_any(addresses: tuple[str, ...], port: int, deadline: Deadline, *, whose: str) -> socket.socket:
    """Try the addresses in their order, each with its share of the time that is left."""
    failure: OSError = TimeoutError()
    for untried, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            return _connect(address, port, deadline.left() / untried)
        except OSError as error:
            failure = error
    raise while_opening(failure, deadline, whose=whose) from None


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    """Connect to an address in numbers: no name is looked up here, so none can have changed since it was checked."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock
