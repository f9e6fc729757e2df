"""The counters of one worker, for Prometheus. Each label has a fixed set of values; a subscriber is never a label."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.process_collector import ProcessCollector

from lessonhook.ledger import Kind, NoticeKind, Reason

if TYPE_CHECKING:
    from lessonhook.ledger import Delivery, Outcome, Step

#: From a local endpoint to the deadline, in seconds.
_ATTEMPT_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30)
#: From "at once" to a day behind a pause, in seconds.
_DELAY_BUCKETS: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400)
#: The reasons of each outcome. Each pair is a series from the start, so that its first event is an increase.
_PAIRS: Final = (
    (Kind.ACCEPTED, Reason.ACCEPTED),
    (Kind.GONE, Reason.STATUS),
    (Kind.THROTTLED, Reason.STATUS),
    *((Kind.FAILED, reason) for reason in Reason if reason not in {Reason.ACCEPTED, Reason.CRASH}),
    (Kind.CRASHED, Reason.CRASH),
)


class _Series(dict[tuple[str, ...], Any]):
    """The series of a metric by their labels, each looked up once, because `labels` takes a lock at each call."""

    def __init__(self, metric: Any, from_the_start: Iterable[tuple[str, ...]]) -> None:
        super().__init__((values, metric.labels(*values)) for values in from_the_start)
        self._metric = metric

    def __missing__(self, values: tuple[str, ...]) -> Any:
        series = self[values] = self._metric.labels(*values)
        return series


class Metrics:
    """The counters of one worker process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        attempts = Counter(
            "lessonhook_attempts",
            "POSTs that were settled, by outcome (accepted, failed, gone, throttled, crashed) and reason.",
            ["outcome", "reason"],
            registry=self.registry,
        )
        seconds = Histogram(
            "lessonhook_attempt_seconds",
            "How long a POST took, from name resolution to the last byte that was read.",
            ["outcome"],
            buckets=_ATTEMPT_BUCKETS,
            registry=self.registry,
        )
        self._attempts = _Series(attempts, _PAIRS)
        self._seconds = _Series(seconds, ((kind,) for kind in Kind if kind is not Kind.NOT_STARTED))
        self._delay = Histogram(
            "lessonhook_first_attempt_delay_seconds",
            "From .delay() to the start of an event's first attempt, by Redis' clock.",
            buckets=_DELAY_BUCKETS,
            registry=self.registry,
        )
        self._unconfirmed = self._counter(
            "lessonhook_unconfirmed",
            "Accepted POSTs whose response broke the subscription's acknowledgement rule.",
        )
        self._given_back = self._counter(
            "lessonhook_given_back",
            "Events that this worker gave back because it could not begin their POST. No attempt was spent.",
        )
        self._possible_repeats = self._counter(
            "lessonhook_possible_repeats",
            "Leases that ran out: a worker was lost during a POST, and the endpoint may see that event again.",
        )
        self._repeated = self._counter(
            "lessonhook_repeated_posts",
            "POSTs that went out twice: a kept connection ended without a byte of a response.",
        )
        self._swept = self._counter(
            "lessonhook_swept",
            "Messages that the sweep published to replace lost ones, or to release held events.",
        )
        notices = Counter(
            "lessonhook_notices",
            "Notices: subscribers paused, resumed, quiet or heard again; events refused, expired or erased.",
            ["kind"],
            registry=self.registry,
        )
        self._notices = _Series(notices, ((kind,) for kind in NoticeKind if kind is not NoticeKind.LEASE_LOST))

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(name, text, registry=self.registry)

    def settled(self, delivery: "Delivery", outcome: "Outcome", step: "Step") -> None:
        """Count a POST that was settled, or an event that was given back."""
        if outcome.kind is Kind.NOT_STARTED:
            self._given_back.inc()
            return
        self._attempts[outcome.kind, outcome.reason].inc()
        self._seconds[(outcome.kind,)].observe(outcome.seconds)
        if outcome.unconfirmed:
            self._unconfirmed.inc()
        # The past waits for as long as it takes. It says nothing about how fast a completion is told.
        if delivery.first and not delivery.backfill:
            self._delay.observe(max(0, (step.now_ms - delivery.recorded_ms) / 1000 - outcome.seconds))

    def noticed(self, step: "Step") -> None:
        """Count a step's notices."""
        for notice in step.notices:
            if notice.kind is NoticeKind.LEASE_LOST:
                self._possible_repeats.inc()
            else:
                self.announced(notice.kind)

    def announced(self, kind: NoticeKind) -> None:
        """Count a notice."""
        self._notices[(kind,)].inc()

    def repeated(self) -> None:
        """Count a POST that went out twice."""
        self._repeated.inc()

    def swept(self, published: int) -> None:
        """Count the messages that a sweep published."""
        self._swept.inc(published)
