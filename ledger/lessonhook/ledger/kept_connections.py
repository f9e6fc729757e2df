"""Connections that are kept for the ledger's transitions, lent to one thread at a time.

redis-py's pool asks a connection that it hands out whether it still lives, and its client looks after books of its own:
a system call and some sixty microseconds more for a command that takes three hundred. A kept one is not asked. Where it
turns out to be dead, the call is made again by way of the pool: every transition may be repeated.
"""

import os
from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from redis import Redis

#: Of a pool's connections so many are never kept: for what else is asked of Redis, the loading of scripts among it.
_LEFT_TO_THE_POOL: Final = 8


class KeptConnections:
    """At most `limit` of them, made as they are needed; threads may share it, and a forked child begins with none.

    Fewer where the pool has few, by the URL's `max_connections`: it would never get them back.
    None are kept to a Cluster, whose client has a pool for each node.
    """

    def __init__(self, redis: "Redis", limit: int) -> None:
        self._pool: Any = getattr(redis, "connection_pool", None)
        self._limit = 0 if self._pool is None else min(limit, self._pool.max_connections - _LEFT_TO_THE_POOL)
        self._made = 0
        self._pid = os.getpid()
        self._idle: deque[Any] = deque()
        #: A parent's, which its child must neither use nor close.
        self._inherited: deque[Any] = deque()

    def borrow(self) -> Any:
        """Answer a connection of redis-py's that nobody else has; None where all are lent."""
        if self._pid != os.getpid():
            self._inherited, self._idle = self._idle, deque()
            self._made, self._pid = 0, os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            if self._made >= self._limit:
                return None
        # Counted first: while one connects, all threads that come meanwhile would find that there is none yet.
        self._made += 1
        try:
            return self._pool.get_connection()
        except BaseException:
            self._made -= 1
            raise

    def give_back(self, connection: Any) -> None:
        """Take one back that may be lent again."""
        self._idle.append(connection)

    def drop(self, connection: Any) -> None:
        """Take one back that is no good any more, or may still bring an answer that nobody waits for."""
        self._made -= 1
        connection.disconnect()
        self._pool.release(connection)

    def drop_idle(self) -> None:
        """Drop those that nobody has, of a server that may be gone: each would keep somebody waiting for as long."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return
            self.drop(connection)
