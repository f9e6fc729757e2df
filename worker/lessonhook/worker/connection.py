"""How a worker's application comes by the mended transport: by its own connection class, and for itself alone.

kombu 5.7.0 refuses a class path in a URL's scheme. A `transport=` argument is forgotten when a connection fails over
to its next URL, and hides `rediss` from the code that turns TLS on. `kombu.transport.TRANSPORT_ALIASES` belongs to the
whole process. What a connection resolves its own transport to has none of these faults, for every form of URL.
"""

from typing import Any

from kombu.connection import Connection, ConnectionPool, PooledConnection

from lessonhook.config import OwnPoolsAMQP
from lessonhook.worker.transport import mended


class MendedConnection(Connection):
    """A connection that resolves Redis' schemes to the mended transport, and leaves all others alone."""

    def get_transport_cls(self) -> Any:
        """Answer the transport's class; kombu asks at each new connection, after a failover too."""
        return mended(super().get_transport_cls())

    def Pool(self, limit: int | None = None, **kwargs: Any) -> Any:  # noqa: N802  # kombu's name
        """Answer a pool of at most `limit` connections of this kind."""
        return _MendedPool(self, limit, **kwargs)


class _MendedPooledConnection(MendedConnection, PooledConnection):
    """A connection that a publisher borrows."""


class _MendedPool(ConnectionPool):
    """A pool of such connections; kombu's would fill itself with its own class."""

    def new(self) -> Any:
        """Make one more connection with the parameters of the pool's first one."""
        return _MendedPooledConnection(self, **dict(self.connection._info(resolve=False)))  # noqa: SLF001  # as kombu's


class MendedAMQP(OwnPoolsAMQP):
    """What an application names as its `amqp_cls` to have all its connections mended."""

    Connection = MendedConnection
