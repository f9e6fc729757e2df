"""What one worker counts, for Prometheus. No label has more values than this file names: a subscriber is never one."""

from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from lessonhook.ledger import NoticeKind

if TYPE_CHECKING:
    from lessonhook.ledger import Delivery, Outcome, Step

#: From a local endpoint to the deadline, in seconds.
_ATTEMPT_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30)
#: From "at once" to a day behind a pause, in seconds.
_DELAY_BUCKETS: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400)


class Metrics:
    """The counters of one worker process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._attempts = Counter(
            "lessonhook_attempts",
            "POSTs that were settled, by outcome (accepted, failed, gone, throttled) and reason.",
            ["outcome", "reason"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "lessonhook_attempt_seconds",
            "How long a POST took, from name resolution to the last byte that was read.",
            ["outcome"],
            buckets=_ATTEMPT_BUCKETS,
            registry=self.registry,
        )
        self._delay = Histogram(
            "lessonhook_first_attempt_delay_seconds",
            "From .delay() to the end of an event's first attempt, by Redis' clock.",
            buckets=_DELAY_BUCKETS,
            registry=self.registry,
        )
        self._unconfirmed = Counter(
            "lessonhook_unconfirmed",
            "Accepted POSTs whose answer broke the subscription's acknowledgement rule.",
            registry=self.registry,
        )
        self._notices = Counter(
            "lessonhook_notices",
            "Changes that somebody may want to hear of: pauses, resumptions, refused, expired and erased events.",
            ["kind"],
            registry=self.registry,
        )
        self._leases_lost = Counter(
            "lessonhook_leases_lost",
            "Deliveries whose worker was lost; the endpoint may see these events again.",
            registry=self.registry,
        )
        self._swept = Counter(
            "lessonhook_swept",
            "Messages that the sweep published again or released.",
            registry=self.registry,
        )

    def attempted(self, delivery: "Delivery", outcome: "Outcome", step: "Step") -> None:
        """Count a settled POST."""
        self._attempts.labels(outcome.kind, outcome.reason).inc()
        self._seconds.labels(outcome.kind).observe(outcome.seconds)
        if outcome.unconfirmed:
            self._unconfirmed.inc()
        if delivery.first:
            self._delay.observe(max(0, step.now_ms - delivery.recorded_ms) / 1000)

    def noticed(self, step: "Step") -> None:
        """Count a step's notices."""
        for notice in step.notices:
            if notice.kind is NoticeKind.LEASE_LOST:
                self._leases_lost.inc()
            else:
                self._notices.labels(notice.kind).inc()

    def swept(self, messages: int) -> None:
        """Count what a sweep published."""
        self._swept.inc(messages)
