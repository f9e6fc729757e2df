"""Which shards need the sweep now: asked in one round trip, so that a sweep with nothing to do costs little."""

from typing import TYPE_CHECKING

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
