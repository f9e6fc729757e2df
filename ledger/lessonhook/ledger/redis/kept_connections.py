"""Keeps connections open for the ledger's transitions and lends each to one thread at a time.

redis-py's pool checks each connection before it lends it, and its client does bookkeeping for each command. That costs
a system call and some 60 microseconds, where a command takes 300. A kept connection is not checked. If it turns out to
be dead, the call is repeated through the pool, because every transition may be repeated.
"""

import os
from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from redis import Redis

#: Connections of a pool that are never kept: other commands need them, the loading of scripts among them.
_LEFT_TO_THE_POOL: Final = 8


class KeptConnections:
    """At most `limit` connections, opened when they are needed. Threads may share it; a forked child begins with none.

    If the URL's `max_connections` makes the pool small, fewer are kept, because the pool never gets them back.
    None are kept to a Cluster, because its client has a pool for each node.
    """

    def __init__(self, redis: "Redis", limit: int) -> None:
        self._pool: Any = getattr(redis, "connection_pool", None)
        self._limit = 0 if self._pool is None else min(limit, self._pool.max_connections - _LEFT_TO_THE_POOL)
        self._made = 0
        self._pid = os.getpid()
        self._idle: deque[Any] = deque()
        #: The parent process's connections, which a child must neither use nor close.
        self._inherited: deque[Any] = deque()

    def borrow(self) -> Any:
        """Lend a connection of redis-py; return None if all of them are lent."""
        if self._pid != os.getpid():
            self._inherited, self._idle = self._idle, deque()
            self._made, self._pid = 0, os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            if self._made >= self._limit:
                return None
        # Counted before it connects: otherwise each thread that comes meanwhile would open one more.
        self._made += 1
        try:
            return self._pool.get_connection()
        except BaseException:
            self._made -= 1
            raise

    def give_back(self, connection: Any) -> None:
        """Take back a connection that may be lent again."""
        self._idle.append(connection)

    def drop(self, connection: Any) -> None:
        """Take back a connection that is broken, or that may still deliver a reply that no thread waits for."""
        self._made -= 1
        connection.disconnect()
        self._pool.release(connection)

    def drop_idle(self) -> None:
        """Drop the connections that are not lent, because the server may be gone: each would time out again."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return
            self.drop(connection)
