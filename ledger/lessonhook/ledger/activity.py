"""Who was posted to in the last minute, and who of them failed: when many fail at once it is us, not them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.keys import SHARDS, base_of

if TYPE_CHECKING:
    from redis import Redis

_WINDOW_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class LastMinute:
    """Counts of subscribers."""

    active: int
    #: Of those active: the last attempt failed.
    failing: int

    @property
    def share(self) -> float:
        """The share of active subscribers that fail, 0 to 1; 0 if none is active."""
        return self.failing / self.active if self.active else 0.0


class Activity:
    """Reads what `lua/attempt.lua` notes in every shard."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def last_minute(self) -> LastMinute:
        """Count over all shards, in one round trip, and forget what is older."""
        now: Any = self._redis.time()
        since = now[0] * 1000 - _WINDOW_MS
        with self._redis.pipeline(transaction=False) as pipeline:
            for shard in range(SHARDS):
                for kind in ("active", "failing"):
                    name = f"{base_of(shard)}{kind}"
                    pipeline.zremrangebyscore(name, "-inf", f"({since}")
                    pipeline.zcard(name)
            counts = pipeline.execute()[1::2]
        return LastMinute(active=sum(counts[::2]), failing=sum(counts[1::2]))
