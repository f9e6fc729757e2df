"""Who was posted to of late, and who of them failed: when many fail at once it is us, not them.

That it is us is written down for all workers together, so that one alarm is raised, and a worker that starts in the
middle of it knows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.keys import SHARDS, base_of

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.policy import Policy

_MINUTE_MS: Final = 60_000
_ALARM_KEY: Final = "lessonhook:mass-failure"


@dataclass(frozen=True, slots=True)
class Activity:
    """Counts of subscribers within a span of time."""

    active: int
    #: Of those active: the last attempt failed.
    failing: int

    @property
    def share(self) -> float:
        """The share of active subscribers that fail, 0 to 1; 0 if none is active."""
        return self.failing / self.active if self.active else 0.0


@dataclass(frozen=True, slots=True)
class Recent:
    """The same at one moment, within two spans."""

    minute: Activity
    #: A minute and the time to a retry: who failed has been tried again within it, so a silence shows as one.
    cycle: Activity


class ActivityLog:
    """Reads what `lua/attempt.lua` notes in every shard, and keeps the alarm that follows from it."""

    def __init__(self, redis: "Redis", policy: "Policy") -> None:
        self._redis = redis
        self._cycle_ms = _MINUTE_MS + policy.retry_delay_ms

    def recent(self) -> Recent:
        """Count over all shards, in one round trip, and forget what is older than both spans."""
        now: Any = self._redis.time()
        now_ms = now[0] * 1000 + now[1] // 1000
        with self._redis.pipeline(transaction=False) as pipeline:
            for shard in range(SHARDS):
                for kind in ("active", "failing"):
                    name = f"{base_of(shard)}{kind}"
                    pipeline.zremrangebyscore(name, "-inf", f"({now_ms - self._cycle_ms}")
                    pipeline.zcount(name, now_ms - _MINUTE_MS, "+inf")
                    pipeline.zcard(name)
            counts: list[int] = pipeline.execute()
        active_minute, active_cycle, failing_minute, failing_cycle = (sum(counts[first::6]) for first in (1, 2, 4, 5))
        return Recent(Activity(active_minute, failing_minute), Activity(active_cycle, failing_cycle))

    def raise_alarm(self) -> bool:
        """Write down that many fail at once; answer whether nobody had, for this time."""
        began = bool(self._redis.set(_ALARM_KEY, b"1", nx=True, px=2 * self._cycle_ms))
        if not began:
            self._redis.pexpire(_ALARM_KEY, 2 * self._cycle_ms)
        return began

    def end_alarm(self) -> bool:
        """Write down that it is over; answer whether nobody had."""
        return bool(self._redis.delete(_ALARM_KEY))

    def alarmed(self) -> bool:
        """Answer whether many fail at once, as some worker saw it, and no worker has seen the end of it."""
        return bool(self._redis.exists(_ALARM_KEY))
