"""Connections of redis-py whose waits end with the limit of the call that they are made in, see `call_limit`."""

import socket
import time
from contextlib import suppress
from functools import cache
from inspect import signature
from typing import Any, Final

from redis import BlockingConnectionPool
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection, Connection
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import SentinelManagedConnection

from lessonhook.config.call_limit import lateness, time_left
from lessonhook.config.name_lookup import connect_by_name
from lessonhook.config.open_connections import note_open

#: The waits of a client, which a Sentinel's has only if it was given no option of its own.
_WAITS: Final = ("socket_timeout", "socket_connect_timeout")


class _Limited:
    """Gives each wait what is left to its call. redis-py reads the two times anew for each address and each reply."""

    _sock: Any
    _parser: Any
    _socket_timeout: float | None
    _socket_connect_timeout: float | None

    @property
    def socket_timeout(self) -> float | None:
        """How long a reply may take now, in seconds."""
        return time_left(self._socket_timeout)

    @socket_timeout.setter
    def socket_timeout(self, seconds: float | None) -> None:
        self._socket_timeout = seconds

    @property
    def socket_connect_timeout(self) -> float | None:
        """How long one address may take to connect now, in seconds."""
        return time_left(self._socket_connect_timeout)

    @socket_connect_timeout.setter
    def socket_connect_timeout(self, seconds: float | None) -> None:
        self._socket_connect_timeout = seconds

    def send_packed_command(self, *arguments: Any, **options: Any) -> Any:
        """Send a command; it connects first, if need be.

        To a master behind Sentinel, the Sentinels are asked for it first. redis-py would connect with the one that was
        lost, which may hang by now.
        """
        if self._sock is None and isinstance(self, SentinelManagedConnection):
            self.connect()  # type: ignore[no-untyped-call]  # redis-py leaves it so
        self._limit()
        return super().send_packed_command(*arguments, **options)  # type: ignore[misc]  # of the class mixed with

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        """Read a reply. Raises redis' TimeoutError when the reply's time is over, or the call's."""
        self._limit()
        self._parser.reply_ends = None
        late = lateness()
        if late is None:
            return super().read_response(*arguments, **options)  # type: ignore[misc]  # of the class mixed with
        begun, replied = time.monotonic(), False
        try:
            reply = super().read_response(*arguments, **options)  # type: ignore[misc]
            replied = True
        except ResponseError:
            replied = True
            raise
        finally:
            late.waited(time.monotonic() - begun, self._socket_timeout, for_reply=replied)
        return reply

    def _limit(self) -> None:
        sock = self._sock
        # A system call, so only where it changes something: near the end of a call, and at the next one's beginning.
        if sock is not None and sock.gettimeout() != (seconds := self.socket_timeout):
            sock.settimeout(seconds)

    def set_parser(self, parser_class: Any) -> None:
        """Set what reads replies."""
        super().set_parser(_whole_in_time(parser_class))  # type: ignore[misc]  # of the class mixed with


@cache
def _whole_in_time(parser_class: Any) -> Any:
    """Make a parser of redis-py wait no longer for a whole reply than for its first byte.

    A socket's limit begins anew with each byte: a server that sent one each 0.8 s was never late.
    """
    if not hasattr(parser_class, "read_from_socket"):
        # redis-py's own parser in Python, which it takes only where hiredis is not installed.
        return parser_class
    # What stands for a limit that nobody gives; its place in redis-py is another one in each release.
    none_given = signature(parser_class.read_from_socket).parameters["timeout"].default

    class WholeInTime(parser_class):
        #: On the monotonic clock; None before the first read of a reply.
        reply_ends: float | None = None

        def read_from_socket(self, *arguments: Any, **options: Any) -> Any:
            """Read what has come. A caller that gives a limit of its own waits for what may never come."""
            if not arguments and options.get("timeout", none_given) is none_given:
                self._limit()
            return super().read_from_socket(*arguments, **options)

        def _limit(self) -> None:
            seconds = None if self._sock is None else self._sock.gettimeout()
            if not seconds:
                return
            now = time.monotonic()
            if self.reply_ends is None:
                self.reply_ends = now + seconds
            elif now >= self.reply_ends:
                raise RedisTimeoutError("Timeout reading from socket")
            else:
                self._sock.settimeout(self.reply_ends - now)

    return WholeInTime


class _OverTcp:
    """Looks the server's name up within the limit, as redis-py does not, and may be dropped from another thread."""

    _host: str
    _socket_connect_timeout: float | None
    port: int
    _sock: Any
    #: While it connects with one address.
    _address: str | None = None
    socket_connect_timeout: float | None

    @property
    def host(self) -> str:
        """The server's name; one of its addresses while that is connected with."""
        return self._address or self._host

    @host.setter
    def host(self, name: str) -> None:
        self._host = name

    def _connect(self) -> Any:
        begun = time.monotonic()
        try:
            sock = connect_by_name(self._host, self.socket_connect_timeout, self._connect_with)
        finally:
            if (late := lateness()) is not None:
                late.waited(time.monotonic() - begun, self._socket_connect_timeout, for_reply=False)
        note_open(self)
        return sock

    def _connect_with(self, address: str) -> Any:
        self._address = address
        try:
            return super()._connect()  # type: ignore[misc]  # of the class mixed with
        finally:
            self._address = None

    def drop_if_at(self, host: str, port: int) -> bool:
        """End the connection if it leads to that server. Its own thread notices that, and closes it."""
        sock = self._sock
        if sock is None or (self._host, self.port) != (host, port):
            return False
        with suppress(OSError):
            # Below TLS, whose own `shutdown` belongs to the thread that reads.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        return True

    def _wrap_socket_with_ssl(self, sock: Any) -> Any:
        """Begin TLS: the certificate is the name's."""
        self._address = None
        return super()._wrap_socket_with_ssl(sock)  # type: ignore[misc]  # of the class mixed with


def limited(connection_class: type[Any]) -> type[Any]:
    """Make a connection class of redis-py wait no longer than its call may."""
    assert issubclass(connection_class, AbstractConnection)  # noqa: S101 - all of redis-py's own are
    # A socket of this machine has no name to look up.
    mixed = (_Limited, _OverTcp) if issubclass(connection_class, Connection) else (_Limited,)
    return type(f"Limited{connection_class.__name__}", (*mixed, connection_class), {})


def asked_once(sentinel: Any) -> None:
    """Have redis-py's `Sentinel`, which has not connected yet, ask each of its Sentinels once, by the limits of a call.

    By default it asks one that is gone four times, and sleeps for seconds between: `.delay()` would take longer than it
    promises, and a worker would look for the new master so much later, although the next Sentinel knows it.
    """
    waits = {name: sentinel.connection_kwargs[name] for name in _WAITS if name in sentinel.connection_kwargs}
    for client in sentinel.sentinels:
        pool = client.connection_pool
        pool.connection_class = limited(pool.connection_class)
        pool.connection_kwargs.update(waits | {"retry": Retry(NoBackoff(), 0)})


class LimitedPool(BlockingConnectionPool):
    """A pool in which a thread waits for a connection no longer than its call may."""

    @property
    def timeout(self) -> float | None:
        """How long to wait now for a connection that another thread has, in seconds."""
        return time_left(self._timeout)

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self._timeout = seconds
