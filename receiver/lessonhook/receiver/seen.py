"""Drops repeats: delivery is at least once, and a completion that comes again has the same `webhook-id`.

A repeat is told from a new one by an id that is stored in the transaction that stores the result. If the id were stored
apart and before it, a crash between the two would lose the completion: its repeat would be dropped.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

#: Days. By default an LMS sends nothing again that is older: an undelivered event for 30, a delivered one for 7.
KEPT_DAYS: Final = 40
_DAY_SECONDS: Final = 86_400
#: Ids that one call deletes at most, so that no POST waits for the cleaning. It is more than one call adds.
_DELETED_AT_ONCE: Final = 100


class SeenIds(Protocol):
    """The ids that were stored: a table of your database, for example. Implement it with a unique key."""

    def first_time(self, webhook_id: str) -> bool:
        """Store an id, and return whether it was not there before. Of two calls at once, one returns True.

        Call it in the transaction that stores the result. If that is rolled back, the id must be gone too.
        """


class MemorySeenIds:
    """Ids in the memory of one process, for tests and for a receiver that keeps its results there as well.

    Of more than `at_most` ids the oldest are forgotten. A restart forgets all, and other processes do not see them.
    """

    def __init__(self, at_most: int = 100_000) -> None:
        if at_most < 1:
            raise ValueError("at_most must be 1 or more")
        self._at_most = at_most
        #: A dict keeps the order in which its keys were added.
        self._ids: dict[str, None] = {}
        self._lock = threading.Lock()

    def first_time(self, webhook_id: str) -> bool:
        """Store an id, and return whether it was not there before."""
        with self._lock:
            if webhook_id in self._ids:
                return False
            self._ids[webhook_id] = None
            if len(self._ids) > self._at_most:
                del self._ids[next(iter(self._ids))]
            return True

    def forget(self, webhook_id: str) -> None:
        """Remove an id, if its result could not be stored; memory has no transaction that would do it."""
        with self._lock:
            self._ids.pop(webhook_id, None)

    def __len__(self) -> int:
        return len(self._ids)


class SqliteSeenIds:
    """Ids in the table `webhook_seen` of an SQLite database, which is made if it is not there.

    It works on your connection and in your transaction, and never commits: `with connection:` around `first_time` and
    the writing of the result stores both or neither. Ids older than `kept_days` are deleted, some with each new one.
    """

    def __init__(
        self, connection: sqlite3.Connection, *, kept_days: float = KEPT_DAYS, clock: Callable[[], float] = time.time
    ) -> None:
        if kept_days <= 0:
            raise ValueError("kept_days must be more than 0")
        self._connection = connection
        self._kept_seconds = kept_days * _DAY_SECONDS
        self._clock = clock
        for statement in (
            "CREATE TABLE IF NOT EXISTS webhook_seen (webhook_id TEXT PRIMARY KEY, seen_at REAL NOT NULL)",
            "CREATE INDEX IF NOT EXISTS webhook_seen_at ON webhook_seen (seen_at)",
        ):
            connection.execute(statement)

    def first_time(self, webhook_id: str) -> bool:
        """Store an id, and return whether it was not there before. Raises what `sqlite3` raises."""
        now = self._clock()
        # A write takes the lock of the database, so that a second one waits until the first one's transaction ends.
        added = self._connection.execute("INSERT OR IGNORE INTO webhook_seen VALUES (?, ?)", (webhook_id, now)).rowcount
        if added:
            self._connection.execute(
                "DELETE FROM webhook_seen WHERE webhook_id IN"
                " (SELECT webhook_id FROM webhook_seen WHERE seen_at < ? ORDER BY seen_at LIMIT ?)",
                (now - self._kept_seconds, _DELETED_AT_ONCE),
            )
        return bool(added)
