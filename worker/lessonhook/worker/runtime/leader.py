"""The lead among the workers of one ledger: one at a time has it, by a lock in Redis that expires."""

from typing import TYPE_CHECKING, Final

from redis.exceptions import LockError

if TYPE_CHECKING:
    from redis import Redis

#: Another worker takes the lead this long after the last look of a worker that is gone.
_LEAD_SECONDS: Final = 90.0


class Leader:
    """The claim of one process. Its token is random, because two workers may have the same hostname by mistake.

    `key` is that of the lock in Redis. Every call may raise `redis.exceptions.RedisError`.
    """

    def __init__(self, redis: "Redis", key: str) -> None:
        # Not local to a thread, because each scrape of the metrics has a thread of its own.
        self._lock = redis.lock(key, timeout=_LEAD_SECONDS, thread_local=False)

    def leads(self) -> bool:
        """Take the lead if no worker has it, or renew it. Return whether this worker leads."""
        try:
            return bool(self._lock.extend(_LEAD_SECONDS, replace_ttl=True))
        except LockError:
            return bool(self._lock.acquire(blocking=False))

    def step_down(self) -> None:
        """Leave the lead to the worker that asks next."""
        try:
            self._lock.release()
        except LockError:
            # This worker does not lead.
            return
