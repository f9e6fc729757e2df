"""How a worker's application comes by the mended transport: by its own connection class, and for itself alone.

kombu 5.7.0 refuses a class path in a URL's scheme. A `transport=` argument is forgotten when a connection fails over
to its next URL, and hides `rediss` from the code that turns TLS on. `kombu.transport.TRANSPORT_ALIASES` belongs to the
whole process. What a connection resolves its own transport to has none of these faults, for every form of URL.
"""

from typing import Any, Final

from kombu.connection import Connection, ConnectionPool, PooledConnection

from lessonhook.config import OwnPoolsAMQP
from lessonhook.worker.transport import mended

#: Between two tries to reach a broker that is away. kombu waits longer and longer, up to 30 s: after an outage of a few
#: minutes, each worker would stand still for half a minute more.
_RECONNECT_SECONDS: Final = 5.0


class MendedConnection(Connection):
    """A connection that resolves Redis' schemes to the mended transport, and leaves all others alone."""

    def get_transport_cls(self) -> Any:
        """Answer the transport's class; kombu asks at each new connection, after a failover too."""
        return mended(super().get_transport_cls())

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        """Connect, trying again and again; Celery's consumer does so after each loss, and says nothing of the pace."""
        return super().ensure_connection(*args, **{"interval_max": _RECONNECT_SECONDS, **kwargs})

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
