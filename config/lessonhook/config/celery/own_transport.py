"""A kombu connection that chooses its transport by itself, and pools of such connections.

kombu 5.7.0 refuses a class path in a URL's scheme. A `transport=` argument is forgotten when a connection fails over to
its next URL, and hides `rediss` from the code that turns TLS on. `kombu.transport.TRANSPORT_ALIASES` belongs to the
whole process. A connection that chooses its transport by itself has none of these faults, for every form of URL.
"""

from abc import abstractmethod
from functools import cache
from typing import Any

from kombu.connection import Connection, ConnectionPool, PooledConnection


class OwnTransportConnection(Connection):
    """The base of our connections. Its copies and the members of its pool choose the same transport."""

    @staticmethod
    @abstractmethod
    def transport_of(transport: Any) -> Any:
        """Return our class in place of a kombu transport, or that class itself."""

    def get_transport_cls(self) -> Any:
        """Return the transport's class. kombu calls this for each new connection, after a failover too."""
        return self.transport_of(super().get_transport_cls())

    def Pool(self, limit: int | None = None, **kwargs: Any) -> Any:  # noqa: N802  # kombu's name
        """Return a pool of at most `limit` connections of this class."""
        return _Pool(self, limit, **kwargs)


class _Pool(ConnectionPool):
    """A pool that makes connections of its first connection's class. kombu's pool would use kombu's class."""

    def new(self) -> Any:
        """Make one more connection with the parameters of the first one."""
        pooled = _pooled(type(self.connection))  # type: ignore[arg-type]  # a class is hashable
        return pooled(self, **dict(self.connection._info(resolve=False)))  # noqa: SLF001  # as kombu's pool does


@cache
def _pooled(connection: Any) -> Any:
    """Return the class of a connection that a publisher borrows."""
    return type(f"Pooled{connection.__name__}", (connection, PooledConnection), {})
