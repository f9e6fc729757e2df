"""Marks a ledger that has been used, so that one that was emptied is told from a new one.

The first subscription sets the mark, and nothing removes it. A worker that knew a mark and finds none, or another one,
knows that somebody emptied the database: a cache's FLUSHDB, for instance.
"""

import secrets
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from redis import Redis

_KEY: Final = "lessonhook:ledger"
#: All that lessonhook writes begins with it.
_PREFIX: Final = b"lessonhook:"
#: Keys that are looked at for those of somebody else.
_LOOKED_AT: Final = 2_000


class Mark:
    """The mark of one ledger. Every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def set(self) -> None:
        """Mark the ledger as used, unless it is marked."""
        self._redis.set(_KEY, secrets.token_hex(8), nx=True)

    def read(self) -> str:
        """Return the mark; "" if the ledger has none, because it is new or was emptied."""
        mark: Any = self._redis.get(_KEY)
        return "" if mark is None else str(mark.decode())

    def strangers(self) -> tuple[int, int]:
        """Count keys of somebody else in the ledger's database, among so many that are looked at: both numbers."""
        found = looked_at = 0
        for name in self._redis.scan_iter(count=1_000):
            looked_at += 1
            found += not name.startswith(_PREFIX)
            if looked_at >= _LOOKED_AT:
                break
        return found, looked_at
