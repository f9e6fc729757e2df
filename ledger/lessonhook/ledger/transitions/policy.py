"""The numbers that the transitions use, in the units of the scripts."""

from dataclasses import dataclass
from typing import Final, Self

from lessonhook.config import Settings

#: Days for which the counts of a day are kept.
COUNTS_KEPT_DAYS: Final = 400


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _days(days: float) -> int:
    return _milliseconds(days * 86_400)


#: One subscriber has at most this part of a worker's slots: a quarter.
_SHARE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a lane behaves. Durations are in milliseconds, on Redis' own clock."""

    #: Attempts of one event in all, the first one included.
    attempts: int = 3
    retry_delay_ms: int = 300_000
    #: After this many failures in a row, only probes are sent.
    down_after_failures: int = 10
    max_in_flight: int = 8
    #: No subscription gets more, whatever it asks for: its share of a worker's slots.
    max_in_flight_ceiling: int = 128
    #: If a POST has been in flight longer than this (or twice the duration of the last accepted POST, whichever is
    #: longer), the endpoint counts as hanging and its lane gets no additional slot.
    hanging_after_ms: int = 1_000
    #: How long a worker owns a delivery; longer than the deadline of its POST.
    lease_ms: int = 25_000
    #: An event is set aside when this many workers in a row were lost over it: it must not kill workers for ever.
    workers_lost_limit: int = 5
    #: After this time the message of a queued event counts as lost; the time doubles at each further publish.
    republish_after_ms: int = 25_000
    #: How late a countdown may arrive before the sweep does its work.
    wake_grace_ms: int = 5_000
    #: A 429 without `Retry-After` holds the lane back for this long, and so does an event that a worker gives back.
    throttle_wait_ms: int = 1_000
    #: The longest `Retry-After` that is honoured: one hour.
    retry_after_limit_ms: int = 3_600_000
    #: The longest time that a worker sleeps in its slot for `max_per_second`; for a longer wait the lane gets a wake.
    pace_in_slot_ms: int = 1_000
    #: The time between two POSTs of events that tell the past, of one subscriber: a fifth of a second.
    backfill_interval_ms: int = 200
    #: A delivered event that waited longer than this counts as late in the subscriber's statement.
    late_after_ms: int = 60_000
    delivered_retention_ms: int = 7 * 86_400_000
    retention_ms: int = 30 * 86_400_000
    #: How long the counts of a day are kept, for a subscriber's statement.
    statement_retention_ms: int = COUNTS_KEPT_DAYS * 86_400_000
    #: How long the marks of a week's hours are kept: 12 weeks to learn from, 8 weeks of silence after them, the present
    #: one.
    marks_retention_ms: int = 21 * 7 * 86_400_000

    @property
    def life_ms(self) -> int:
        """The lifetime of the keys of a lane and an event after their last use.

        It is longer than any event is kept: the sweep expires an undelivered event at its retention, and the keys must
        outlive that in case no sweep runs.
        """
        return self.retention_ms + self.delivered_retention_ms

    @property
    def never_sooner_ms(self) -> int:
        """The shortest time after which a change that is made now can need the sweep."""
        retry_ms = self.retry_delay_ms + self.wake_grace_ms
        return min(self.lease_ms, self.republish_after_ms, retry_ms, self.retention_ms)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the policy from the settings; the other numbers keep their defaults."""
        return cls(
            attempts=settings.attempts,
            retry_delay_ms=_milliseconds(settings.retry_delay_seconds),
            backfill_interval_ms=_milliseconds(1 / settings.backfill_per_second),
            max_in_flight=settings.max_in_flight_per_subscriber,
            max_in_flight_ceiling=max(settings.max_in_flight_per_subscriber, settings.worker_slots // _SHARE),
            lease_ms=_milliseconds(settings.lease_seconds),
            republish_after_ms=_milliseconds(settings.republish_after_seconds),
            wake_grace_ms=_milliseconds(settings.sweep_interval_seconds),
            delivered_retention_ms=_days(settings.delivered_retention_days),
            retention_ms=_days(settings.retention_days),
        )
