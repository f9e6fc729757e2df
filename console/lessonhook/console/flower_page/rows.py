"""States, events and attempts for the pages' scripts: the desk's facts, with times as people write them."""

from collections.abc import Iterable
from typing import Any

from lessonhook.desk import (
    AttemptRecord,
    Certificates,
    EventRecord,
    QuietLms,
    SubscriberState,
    UnservedQueue,
    plain_time,
)
from lessonhook.desk.words import ago, moment, span


def state_row(state: SubscriberState) -> dict[str, Any]:
    """Return a subscriber for a row of the table and for the head of its own page."""
    return {
        "subscriber": state.subscriber,
        "state": state.condition,
        "why": state.reason,
        "oldest": span(state.oldest_undelivered_seconds),
        "in_flight": state.in_flight,
        "queued": state.queued,
        "retrying": state.retrying,
        "held": state.held,
        "refused": state.refused,
        "delivered": state.delivered,
        "unconfirmed": state.unconfirmed,
        "window": state.window,
        "failures_in_a_row": state.failures_in_a_row,
        "last_result": state.last_words,
        "last_attempt": ago(state.last_attempt) if state.last_attempt else "",
        "paused": state.paused is not None,
        "subscribed": state.subscribed,
    }


def alarm_words(
    unserved: Iterable[UnservedQueue], lms_quiet: QuietLms | None, certificates: Certificates | None = None
) -> list[str]:
    """Return the lines that stand above everything: what concerns more than one subscriber."""
    lines = [queue.words for queue in unserved] + ([lms_quiet.words] if lms_quiet else [])
    return lines + ([certificates.words] if certificates and certificates.words else [])


def event_row(event: EventRecord, *, has_task: bool) -> dict[str, Any]:
    """Return an event for a row of a page; `has_task` says whether Flower has a page of its task."""
    return {
        "event_id": event.event_id,
        "subscriber": event.subscriber,
        "has_task": has_task,
        "state": event.state,
        "recorded": moment(event.recorded),
        "due": moment(event.due) if event.due else "",
        "closed": moment(event.closed) if event.closed else "",
        "posts": event.posts,
        "backfill": event.backfill,
        "last_result": event.last_attempt.words if event.last_attempt else "",
        "sendable": not event.unsendable,
    }


def attempt_row(attempt: AttemptRecord) -> dict[str, Any]:
    """Return an attempt for a line below its event."""
    return {
        "at": plain_time(attempt.at),
        "seconds": f"{attempt.seconds:.3f}",
        "words": attempt.words,
        "accepted": attempt.accepted,
        "response": attempt.response,
        "worker": attempt.worker,
    }
