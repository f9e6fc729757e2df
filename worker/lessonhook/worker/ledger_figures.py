"""What is told of the ledger and its queues, as Prometheus takes it.

The only label without a fixed set of values is the subscriber of the few that have waited longest.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from prometheus_client import Metric

    from lessonhook.ledger import Heartbeat, Survey
    from lessonhook.worker.broker import Waiting

#: Subscribers with a series of their own.
WORST: Final = 10
#: A heartbeat comes with every sweep; of a worker that missed so many seconds of them, nothing is told.
_HEARD_SECONDS: Final = 60.0
_GAUGES: Final = {
    "in_flight": ("in_flight", "Events that are being posted."),
    "queued": ("queued", "Events that are published and wait for a worker."),
    "retrying": ("retrying", "Failed events that wait for their next attempt."),
    "held": ("held", "Events that wait in the ledger."),
    "refused": ("refused", "Events set aside: the endpoint refused these and accepted others."),
    "subscribers": ("subscribers", "Subscribers with a subscription, or with undelivered events."),
    "busy_subscribers": ("busy", "Subscribers with undelivered events."),
    "failing_subscribers": ("failing", "Subscribers whose last attempt failed."),
    "paused_subscribers": ("paused", "Subscribers that nothing goes to, whoever paused them."),
}
_EVENTS: Final = ("recorded", "delivered", "unconfirmed", "expired", "erased")


def of_survey(survey: "Survey") -> Iterable["Metric"]:
    """Tell a survey's sums, and who has waited longest."""
    for name, (field, text) in _GAUGES.items():
        yield _gauge(name, text, getattr(survey.sums, field))
    slots_used = survey.sums.in_flight + survey.sums.queued
    yield _gauge("slots_used", "Slots of lanes in use: events in flight and queued.", slots_used)
    events = CounterMetricFamily(
        "lessonhook_events", "Events ever recorded, and what became of them.", labels=["state"]
    )
    for state in _EVENTS:
        events.add_metric([state], getattr(survey.sums, state))
    yield events
    oldest = survey.oldest_undelivered_seconds
    yield _gauge("oldest_undelivered_seconds", "Age of the oldest undelivered event; 0 if there is none.", oldest)
    worst = GaugeMetricFamily(
        "lessonhook_worst_undelivered_seconds",
        f"Age of the oldest undelivered event of the {WORST} subscribers that have waited longest.",
        labels=["subscriber"],
    )
    for subscriber, seconds in survey.worst:
        worst.add_metric([subscriber], seconds)
    yield worst


def of_queues(waiting: "Mapping[str, Waiting]", now_ms: int) -> Iterable["Metric"]:
    """Tell what waits in the broker: what workers are scaled by."""
    messages = GaugeMetricFamily("lessonhook_queue_messages", "Messages that wait in a queue.", labels=["queue"])
    oldest = GaugeMetricFamily(
        "lessonhook_queue_oldest_seconds", "Age of the oldest message that waits in a queue.", labels=["queue"]
    )
    for queue, state in waiting.items():
        messages.add_metric([queue], state.messages)
        oldest.add_metric([queue], max(0, now_ms - state.oldest_ms) / 1000 if state.oldest_ms else 0)
    return [messages, oldest]


def of_workers(heartbeats: Iterable["Heartbeat"], *, mass_failure: bool) -> Iterable["Metric"]:
    """Tell who works, and whether the fault is taken for ours."""
    heard = [beat for beat in heartbeats if beat.seconds_ago <= _HEARD_SECONDS]
    workers = GaugeMetricFamily("lessonhook_workers", "Workers heard of within a minute.", labels=["state"])
    for state, consuming in (("consuming", True), ("deaf", False)):
        workers.add_metric([state], sum(beat.consuming is consuming for beat in heard))
    return [workers, _gauge("mass_failure", "1 while so many fail at once that nobody is paused.", mass_failure)]


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lessonhook_{name}", text, value=value)
