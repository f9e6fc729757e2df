"""The numbers that every transition goes by, in the units that the scripts count in."""

from dataclasses import dataclass
from typing import Self

from lessonhook.config import Settings


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _days(days: float) -> int:
    return _milliseconds(days * 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a lane behaves. Durations are in milliseconds, on Redis' own clock."""

    #: In all, the first one included.
    attempts: int = 3
    retry_delay_ms: int = 300_000
    #: Failures in a row, with no success between, after which only probes go to a lane.
    down_after_failures: int = 10
    max_in_flight: int = 8
    #: So long an endpoint may answer nothing, or twice as long as its last acceptance took; then no further slot is
    #: spent beside those that wait for it.
    silence_ms: int = 1_000
    #: How long a worker owns a delivery; longer than the deadline of its POST.
    lease_ms: int = 25_000
    #: From here on a lost lease is a failed attempt: an event that kills its worker must not do so for ever.
    leases_lost_limit: int = 5
    #: When a queued event's message counts as gone; doubles each time that it is published again.
    republish_after_ms: int = 25_000
    #: How late a countdown may come before the sweep acts in its stead.
    wake_grace_ms: int = 5_000
    #: A 429 without `Retry-After` holds the lane back for this long.
    throttle_wait_ms: int = 1_000
    #: The longest `Retry-After` that is honoured: one hour.
    retry_after_limit_ms: int = 3_600_000
    #: A worker sleeps at most this long in its slot for `max_per_second`; beyond it the lane waits for a wake.
    pace_in_slot_ms: int = 1_000
    delivered_retention_ms: int = 7 * 86_400_000
    retention_ms: int = 30 * 86_400_000
    #: Counts by day, for a subscriber's statement: 400 days.
    statement_retention_ms: int = 400 * 86_400_000

    @property
    def life_ms(self) -> int:
        """How long a lane's and an event's keys live after they were last used: longer than all that they can hold.

        The sweep expires an undelivered event at its retention; its keys outlive that, in case that nobody sweeps.
        """
        return self.retention_ms + self.delivered_retention_ms

    @property
    def never_sooner_ms(self) -> int:
        """Nothing that begins now needs the sweep sooner than this."""
        retry_ms = self.retry_delay_ms + self.wake_grace_ms
        return min(self.lease_ms, self.republish_after_ms, retry_ms, self.retention_ms)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take over what an operator can set."""
        return cls(
            attempts=settings.attempts,
            retry_delay_ms=_milliseconds(settings.retry_delay_seconds),
            max_in_flight=settings.max_in_flight_per_subscriber,
            lease_ms=_milliseconds(settings.lease_seconds),
            republish_after_ms=_milliseconds(settings.republish_after_seconds),
            wake_grace_ms=_milliseconds(settings.sweep_interval_seconds),
            delivered_retention_ms=_days(settings.delivered_retention_days),
            retention_ms=_days(settings.retention_days),
        )
