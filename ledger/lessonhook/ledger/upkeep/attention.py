"""Finds the shards that need the sweep now, in one round trip, so that a sweep with nothing to do costs little."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import OutOfMemoryError

from lessonhook.ledger.transitions.keys import SHARDS, attention_key

if TYPE_CHECKING:
    from redis import Redis

#: Makes all lanes of a shard due. A script, because a full Redis refuses a plain ZADD.
_LOOK_AT_ALL: Final = """#!lua flags=allow-oom
for _, subscriber in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('ZADD', KEYS[1], 'XX', ARGV[1], subscriber)
end
"""
_CLOCK_KEY: Final = "lessonhook:clock"
#: Longer than workers are away for an upgrade.
_CLOCK_LIFE_MS: Final = 86_400_000
#: As in `lua/clock.lua`.
_CLOCK_STEP_MS: Final = 1_000


class Attention:
    """Reads when the sweep must look at each lane, as `lua/reply.lua` writes it."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._look_at_all = redis.register_script(_LOOK_AT_ALL)
        #: The time of this process's last sweep.
        self._latest_ms = 0

    def due(self, now_ms: int) -> list[int]:
        """Return the shards with a lane that is due for the sweep; `now_ms` is Redis' clock."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for shard in range(SHARDS):
                pipeline.zcount(attention_key(shard), "-inf", now_ms)
            counts = pipeline.execute()
        return [shard for shard, lanes in enumerate(counts) if lanes]

    def follow_clock(self, now_ms: int) -> bool:
        """Make each lane due if Redis' clock was set back since the last sweep of any worker; return whether it was.

        The times in `attention` would otherwise be as much too late. The transitions set back those of the lanes.
        """
        noted: Any = self._redis.get(_CLOCK_KEY)
        went_back = max(self._latest_ms, int(noted or 0)) - now_ms > _CLOCK_STEP_MS
        if went_back:
            for shard in range(SHARDS):
                self._look_at_all(keys=[attention_key(shard)], args=[now_ms])
        # Last, so that another worker does the same if this one ends in between.
        self._latest_ms = now_ms
        # A full Redis refuses it. Then each worker goes by what it remembers itself.
        with suppress(OutOfMemoryError):
            self._redis.set(_CLOCK_KEY, now_ms, px=_CLOCK_LIFE_MS)
        return went_back

    def put_off(self, shard: int, now_ms: int, until_ms: int) -> str | None:
        """Defer the lane that has been due for longest; return its subscriber, or None if no lane is due."""
        due: Any = self._redis.zrange(attention_key(shard), "-inf", now_ms, byscore=True, offset=0, num=1)
        if not due:
            return None
        self._redis.zadd(attention_key(shard), {due[0]: until_ms}, xx=True)
        return str(due[0].decode())
