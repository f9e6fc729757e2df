"""Which worker speaks for the ledger: one at a time, by a key in Redis that lapses."""

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

if TYPE_CHECKING:
    from redis import Redis

_KEY: Final = "lessonhook:metrics-leader"
#: A worker that is gone, or is no longer scraped, is followed by another one after so long.
_LEAD_MS: Final = 90_000
#: Compared and deleted in one step, and allowed when Redis is full.
_STEP_DOWN: Final = """#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class Leader:
    """One worker's claim. Its name is of this process alone: two workers may by mistake have the same hostname."""

    def __init__(self, redis: "Redis", hostname: str) -> None:
        self._redis = redis
        self._name = f"{hostname} {uuid4()}".encode()

    def leads(self) -> bool:
        """Take the lead if nobody has it, keep it if this worker has it; answer whether it has."""
        if self._redis.set(_KEY, self._name, nx=True, px=_LEAD_MS):
            return True
        leader: Any = self._redis.get(_KEY)
        if leader != self._name:
            return False
        self._redis.pexpire(_KEY, _LEAD_MS)
        return True

    def step_down(self) -> None:
        """Leave the lead to whoever asks next."""
        self._redis.eval(_STEP_DOWN, 1, _KEY, self._name)
