"""Connections of redis-py whose waits end with the limit of the call that they are made in, see `call_limit`."""

from typing import Any, Final

from redis import BlockingConnectionPool
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection
from redis.retry import Retry

from lessonhook.config.call_limit import time_left

#: The waits of a client, which a Sentinel's has only if it was given no option of its own.
_WAITS: Final = ("socket_timeout", "socket_connect_timeout")


class _Limited:
    """Gives each wait what is left to its call. redis-py reads the two times anew for each address and each reply."""

    _sock: Any
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
        """Send a command; it connects first, if need be."""
        self._limit()
        return super().send_packed_command(*arguments, **options)  # type: ignore[misc]  # of the class mixed with

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        """Read a reply. Raises redis' TimeoutError when the call's time is over."""
        self._limit()
        return super().read_response(*arguments, **options)  # type: ignore[misc]  # of the class mixed with

    def _limit(self) -> None:
        sock = self._sock
        # A system call, so only where it changes something: near the end of a call, and at the next one's beginning.
        if sock is not None and sock.gettimeout() != (seconds := self.socket_timeout):
            sock.settimeout(seconds)


def limited(connection_class: type[Any]) -> type[Any]:
    """Make a connection class of redis-py wait no longer than its call may."""
    assert issubclass(connection_class, AbstractConnection)  # noqa: S101 - all of redis-py's own are
    return type(f"Limited{connection_class.__name__}", (_Limited, connection_class), {})


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
