"""The open connections to Redis of this process, so that all to one server can be dropped at once.

A server that hangs closes no connection. Each would wait for its own reply until that is overdue, one after the other.
"""

import threading
from typing import Final, Protocol
from weakref import WeakSet


class OpenConnection(Protocol):
    """A connection that may be dropped from any thread."""

    def drop_if_at(self, host: str, port: int) -> bool:
        """End the connection if it leads to that server; what waits for its reply fails now. Return whether it does."""
        ...


_lock: Final = threading.Lock()
_open: Final[WeakSet[OpenConnection]] = WeakSet()


def note_open(connection: OpenConnection) -> None:
    """Note a connection, which may be noted already. It is forgotten with its last reference."""
    with _lock:
        _open.add(connection)


def drop_connections(host: str, port: int) -> int:
    """Drop all connections to a server, by the name or address that it was connected with. Return how many."""
    with _lock:
        present = list(_open)
    return sum(connection.drop_if_at(host, port) for connection in present)
