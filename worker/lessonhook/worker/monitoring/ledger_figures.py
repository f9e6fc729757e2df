"""The figures of the ledger, its queues and its workers as Prometheus metrics.

Only one label has no fixed set of values: the subscriber, for the few that have waited longest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from lessonhook.config import COMPLETIONS, RETRIES

if TYPE_CHECKING:
    from prometheus_client import Metric

    from lessonhook.ledger import Heartbeat, Quiet, Survey, Unserved
    from lessonhook.worker.runtime.queue_ages import QueueAge

#: Subscribers with a series of their own.
WORST: Final = 10
#: Shown in seconds where nobody remembers a worker: their heartbeats are kept for a day.
UNSERVED_FOR_LONG: Final = 86_400.0
_GAUGES: Final = {
    "in_flight": ("in_flight", "Events that are being posted."),
    "queued": ("queued", "Events that are published and wait for a worker."),
    "retrying": ("retrying", "Failed events that wait for their next attempt."),
    "held": ("held", "Events that wait in the ledger."),
    "backfill": ("backfill", "Events that tell the past and are not delivered yet. The other gauges count them too."),
    "refused": ("refused", "Events that were set aside because the endpoint refused them and accepted others."),
    "subscribers": ("subscribers", "Subscribers with a subscription, or with undelivered events."),
    "busy_subscribers": ("busy", "Subscribers with undelivered events, failing and paused ones among them."),
    "failing_subscribers": ("failing", "Subscribers whose last attempt failed. Paused ones are not among them."),
    "paused_subscribers": ("paused", "Subscribers that are paused, by used-up attempts or by an operator."),
}
_EVENTS: Final = ("recorded", "delivered", "unconfirmed", "superseded", "expired", "erased", "dropped")


def of_survey(survey: "Survey") -> Iterable["Metric"]:
    """Yield the sums of a survey, and the subscribers that have waited longest."""
    for name, (field, text) in _GAUGES.items():
        yield _gauge(name, text, getattr(survey.sums, field))
    slots_used = survey.sums.in_flight + survey.sums.queued
    yield _gauge("slots_used", "Slots of lanes in use: events in flight and queued.", slots_used)
    events = CounterMetricFamily(
        "lessonhook_events", "Events since the beginning, by what became of them.", labels=["state"]
    )
    for state in _EVENTS:
        events.add_metric([state], getattr(survey.sums, state))
    yield events
    unsubscribed = CounterMetricFamily(
        "lessonhook_unsubscribed", "Completions of the last days for subscribers without a subscription."
    )
    unsubscribed.add_metric([], survey.sums.unsubscribed)
    yield unsubscribed
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


def of_silences(quiet: "Quiet", last_recorded_ms: int, now_ms: int) -> Iterable["Metric"]:
    """Yield how long ago anything was recorded, and which silences are unusual."""
    together = sum(silence.together for silence in quiet.subscribers.values())
    yield _gauge(
        "last_recorded_seconds",
        "Time since a completion was recorded, of any subscriber; 0 if none ever was.",
        max(0, now_ms - last_recorded_ms) / 1000 if last_recorded_ms else 0,
    )
    yield _gauge("lms_quiet", "1 while nothing is published for an unusually long time.", quiet.lms is not None)
    subscribers = GaugeMetricFamily(
        "lessonhook_quiet_subscribers",
        "Subscribers whose completions used to come and stopped: alone, or together with others within days.",
        labels=["fell_silent"],
    )
    subscribers.add_metric(["alone"], len(quiet.subscribers) - together)
    subscribers.add_metric(["together"], together)
    yield subscribers


def of_queues(waiting: "Mapping[str, QueueAge]", now_ms: int) -> Iterable["Metric"]:
    """Return the length and the age of each queue, by which workers are scaled.

    A queue whose messages are of unknown age, as those of RabbitMQ are, has no sample of its age: a 0 would say that
    all is well, however long they wait.
    """
    messages = GaugeMetricFamily("lessonhook_queue_messages", "Messages that wait in a queue.", labels=["queue"])
    oldest = GaugeMetricFamily(
        "lessonhook_queue_oldest_seconds",
        "Age of the oldest message that waits in a queue; missing while that is unknown, as with RabbitMQ.",
        labels=["queue"],
    )
    for queue, state in waiting.items():
        messages.add_metric([queue], state.messages)
        if state.oldest_ms:
            oldest.add_metric([queue], max(0, now_ms - state.oldest_ms) / 1000)
        elif not state.messages:
            oldest.add_metric([queue], 0)
    return [messages, oldest]


def of_unserved(unserved: "Sequence[Unserved]", now_ms: int) -> Iterable["Metric"]:
    """Yield for how long no worker has taken from each queue; 0 while one takes from it."""
    seconds = dict.fromkeys((COMPLETIONS, RETRIES), 0.0)
    for each in unserved:
        seconds[each.queue] = now_ms / 1000 - each.since.timestamp() if each.since else UNSERVED_FOR_LONG
    family = GaugeMetricFamily(
        "lessonhook_queue_unserved_seconds",
        "Time since a worker last took from a queue; 0 while one does, a day if none did in the last day.",
        labels=["queue"],
    )
    for queue, unserved_seconds in seconds.items():
        family.add_metric([queue], max(0.0, unserved_seconds))
    yield family


def of_workers(alive: Sequence["Heartbeat"], *, mass_failure: bool) -> Iterable["Metric"]:
    """Return the number of workers that are alive, and whether there is a mass failure."""
    workers = GaugeMetricFamily("lessonhook_workers", "Workers that are alive, by their heartbeats.", labels=["state"])
    states = Counter("keyless" if beat.keyless else "consuming" if beat.consuming else "deaf" for beat in alive)
    for state in ("consuming", "deaf", "keyless"):
        workers.add_metric([state], states[state])
    return [
        workers,
        _gauge("mass_failure", "1 during a mass failure, when no subscriber is paused.", mass_failure),
    ]


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lessonhook_{name}", text, value=value)
