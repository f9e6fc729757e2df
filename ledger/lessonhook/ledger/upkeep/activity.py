"""Counts the subscribers that were active lately and those that failed. If many fail at once, the fault is ours.

A subscriber that failed before tells nothing about now: in a quiet night, the retries of endpoints that are down may be
the only POSTs. The log therefore keeps since when each subscriber fails, and leaves out those that only go on failing.

The alarm is kept in Redis for all workers together, so that it is raised once, and a worker that starts during a mass
failure knows of it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lessonhook.ledger.transitions.keys import SHARDS, base_of

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.transitions.policy import Policy

_MINUTE_MS: Final = 60_000
#: How long a subscriber without POSTs counts as failing: the longest time that `Retry-After` may stop them.
_KNOWN_MS: Final = 3_600_000
_ALARM_KEY: Final = "lessonhook:mass-failure"


@dataclass(frozen=True, slots=True)
class Activity:
    """Counts of subscribers within a span of time."""

    active: int
    #: Those of them whose last attempt failed.
    failing: int

    @property
    def share(self) -> float:
        """The share of the active subscribers that fail, 0 to 1; 0 if none is active."""
        return self.failing / self.active if self.active else 0.0


@dataclass(frozen=True, slots=True)
class Recent:
    """The activity at one moment, within two spans of time."""

    #: Without those that have been failing since before this minute.
    minute: Activity
    #: A minute and the time to a retry. A failed subscriber is tried again within it, so that silence does not count as
    #: recovery.
    cycle: Activity


class ActivityLog:
    """Reads what `lua/attempt.lua` writes in every shard, and keeps the alarm of a mass failure."""

    def __init__(self, redis: "Redis", policy: "Policy") -> None:
        self._redis = redis
        self._cycle_ms = _MINUTE_MS + policy.retry_delay_ms
        self._known_ms = _KNOWN_MS + self._cycle_ms

    def recent(self) -> Recent:
        """Count over all shards and remove what is too old: one round trip, and a second one if a subscriber fails."""
        now: Any = self._redis.time()
        now_ms = now[0] * 1000 + now[1] // 1000
        minute, cycle = now_ms - _MINUTE_MS, now_ms - self._cycle_ms
        with self._redis.pipeline(transaction=False) as pipeline:
            for shard in range(SHARDS):
                active, failing, since = _names(shard)
                pipeline.zremrangebyscore(active, "-inf", f"({cycle}")
                pipeline.zremrangebyscore(failing, "-inf", f"({now_ms - self._known_ms}")
                pipeline.exists(failing, since)
                pipeline.zcount(active, minute, "+inf")
                pipeline.zcount(failing, minute, "+inf")
                pipeline.zcard(active)
                pipeline.zcount(failing, cycle, "+inf")
            counts: list[int] = pipeline.execute()
        touched = [shard for shard, keys in enumerate(counts[2::7]) if keys]
        active_minute, failing_minute, active_cycle, failing_cycle = (sum(counts[first::7]) for first in range(3, 7))
        began = self._began(touched, minute)
        well = active_minute - failing_minute
        return Recent(Activity(well + began, began), Activity(active_cycle, failing_cycle))

    def _began(self, shards: list[int], first_ms: int) -> int:
        """Record since when each subscriber fails; return how many began at `first_ms` or later."""
        if not shards:
            return 0
        with self._redis.pipeline(transaction=False) as pipeline:
            for shard in shards:
                _, failing, since = _names(shard)
                # A subscriber with an acceptance leaves and begins anew with its next failure. For the others the
                # earliest time stays, no matter which worker writes it, or how often.
                pipeline.zinterstore(since, [since, failing], aggregate="MIN")
                pipeline.zunionstore(since, [since, failing], aggregate="MIN")
                pipeline.pexpire(since, self._known_ms)
                pipeline.zcount(since, first_ms, "+inf")
            counts: list[int] = pipeline.execute()
        return sum(counts[3::4])

    def raise_alarm(self) -> bool:
        """Raise the alarm of a mass failure; return False if it is raised already."""
        return not self.keep_alarm() and bool(self._redis.set(_ALARM_KEY, b"1", nx=True, px=2 * self._cycle_ms))

    def keep_alarm(self) -> bool:
        """Extend the alarm, because the mass failure is not over; return whether there is an alarm."""
        return bool(self._redis.pexpire(_ALARM_KEY, 2 * self._cycle_ms))

    def end_alarm(self) -> bool:
        """End the alarm, because the mass failure is over; return False if another worker had ended it."""
        return bool(self._redis.delete(_ALARM_KEY))

    def alarmed(self) -> bool:
        """Return whether a worker has raised the alarm and none has ended it."""
        return bool(self._redis.exists(_ALARM_KEY))


def _names(shard: int) -> tuple[str, str, str]:
    """Return three keys: the active subscribers by last POST, the failing ones by last failure and by first failure."""
    base = base_of(shard)
    return f"{base}active", f"{base}failing", f"{base}failing-since"
