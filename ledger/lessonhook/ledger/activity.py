"""Who was posted to of late, and who of them failed: when many fail at once it is us, not them.

Who failed before says nothing about now: in a quiet night, the retries of companies that are down are all there is. So
it is written down since when each one fails, and those that only go on failing are left out.

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
#: How long a company that is not posted to is still known to fail: as long as `Retry-After` may keep it silent.
_KNOWN_MS: Final = 3_600_000
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

    #: Without those that failed before this minute already.
    minute: Activity
    #: A minute and the time to a retry: who failed has been tried again within it, so a silence shows as one.
    cycle: Activity


class ActivityLog:
    """Reads what `lua/attempt.lua` notes in every shard, and keeps the alarm that follows from it."""

    def __init__(self, redis: "Redis", policy: "Policy") -> None:
        self._redis = redis
        self._cycle_ms = _MINUTE_MS + policy.retry_delay_ms
        self._known_ms = _KNOWN_MS + self._cycle_ms

    def recent(self) -> Recent:
        """Count over all shards, and forget what is too old; one round trip, and one more where anybody fails."""
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
        """Write down since when each one fails, where anybody does; count those that began at `first_ms` or later."""
        if not shards:
            return 0
        with self._redis.pipeline(transaction=False) as pipeline:
            for shard in shards:
                _, failing, since = _names(shard)
                # Who was accepted meanwhile leaves, and begins anew with its next failure; of the others the earliest
                # moment stays, whichever worker writes it, and however often.
                pipeline.zinterstore(since, [since, failing], aggregate="MIN")
                pipeline.zunionstore(since, [since, failing], aggregate="MIN")
                pipeline.pexpire(since, self._known_ms)
                pipeline.zcount(since, first_ms, "+inf")
            answers: list[int] = pipeline.execute()
        return sum(answers[3::4])

    def raise_alarm(self) -> bool:
        """Write down that many fail at once; answer whether nobody had, for this time."""
        return not self.keep_alarm() and bool(self._redis.set(_ALARM_KEY, b"1", nx=True, px=2 * self._cycle_ms))

    def keep_alarm(self) -> bool:
        """Write down that it is not over; answer whether there is an alarm at all."""
        return bool(self._redis.pexpire(_ALARM_KEY, 2 * self._cycle_ms))

    def end_alarm(self) -> bool:
        """Write down that it is over; answer whether nobody had."""
        return bool(self._redis.delete(_ALARM_KEY))

    def alarmed(self) -> bool:
        """Answer whether many fail at once, as some worker saw it, and no worker has seen the end of it."""
        return bool(self._redis.exists(_ALARM_KEY))


def _names(shard: int) -> tuple[str, str, str]:
    """Name who was posted to and when last; who failed and when last; and since when each of those fails."""
    base = base_of(shard)
    return f"{base}active", f"{base}failing", f"{base}failing-since"
