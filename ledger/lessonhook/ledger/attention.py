"""Which shards need the sweep now: asked in one round trip, so that a sweep with nothing to do costs little."""

from typing import TYPE_CHECKING, Any

from lessonhook.ledger.keys import SHARDS, base_of

if TYPE_CHECKING:
    from redis import Redis


class Attention:
    """Reads what `lua/answer.lua` notes of each lane: when the sweep must look at it."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def key(self, shard: int) -> str:
        """Name a shard's note of its lanes."""
        return f"{base_of(shard)}attention"

    def due(self, now_ms: int) -> list[int]:
        """Name the shards that hold a lane whose time has come; `now_ms` is Redis' clock."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for shard in range(SHARDS):
                pipeline.zcount(self.key(shard), "-inf", now_ms)
            counts = pipeline.execute()
        return [shard for shard, lanes in enumerate(counts) if lanes]

    def put_off(self, shard: int, now_ms: int, until_ms: int) -> str | None:
        """Leave the lane that has been due for longest alone till then; answer its subscriber, None if none is due."""
        due: Any = self._redis.zrange(self.key(shard), "-inf", now_ms, byscore=True, offset=0, num=1)
        if not due:
            return None
        self._redis.zadd(self.key(shard), {due[0]: until_ms}, xx=True)
        return str(due[0].decode())
