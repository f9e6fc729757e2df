"""Subscribers in every condition, an event and an attempt, as the desk has them."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from lessonhook.desk import AttemptRecord, EventRecord, Paused, QuietSubscriber, SubscriberState
from lessonhook.ledger import State

View = TypeVar("View", SubscriberState, EventRecord, AttemptRecord)


def changed(view: View, **fields: Any) -> View:
    """Return a copy with other values in some fields."""
    return view.model_copy(update=fields)


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WELL = SubscriberState(
    subscriber="well",
    subscribed=True,
    paused=None,
    window=8,
    in_flight=0,
    queued=0,
    retrying=0,
    held=0,
    refused=0,
    delivered=12,
    expired=0,
    erased=0,
    recorded=12,
    oldest_undelivered_seconds=None,
    oldest_undelivered=None,
    failures_in_a_row=0,
    last_outcome="accepted: 200",
    last_attempt=NOON,
    waiting_until=None,
    unconfirmed=0,
)
PAUSED = changed(
    WELL,
    subscriber="paused",
    paused=Paused(since=NOON, reason="attempts used up: status: 503"),
    held=3,
    oldest_undelivered_seconds=600.0,
    oldest_undelivered=NOON - timedelta(seconds=600),
    failures_in_a_row=3,
)
REMOVED = changed(WELL, subscriber="removed", subscribed=False, held=1)
FAILING = changed(WELL, subscriber="failing", retrying=1, failures_in_a_row=2, last_outcome="timeout: no response")
WAITING = changed(WELL, subscriber="waiting", held=1, waiting_until=NOON)
UNSERVED = changed(WELL, subscriber="unserved", queued=1, waits_for_worker=True)
QUIET = changed(
    WELL,
    subscriber="quiet",
    quiet=QuietSubscriber(
        since=NOON, noticed=NOON, per_year=0.01, expected=90.0, together=False, words="nothing since noon"
    ),
)
SENDING = changed(
    WELL, subscriber="sending", in_flight=2, queued=1, oldest_undelivered_seconds=0.2, oldest_undelivered=NOON
)
ATTEMPT = AttemptRecord(
    at=NOON,
    seconds=0.1,
    kind="failed",
    reason="status",
    status=503,
    detail="",
    response="",
    worker="worker@host",
    unconfirmed="",
)
DERIVED_ID = "8ce76a0d-6c90-5a04-918c-1ffcad42f1ee"
EVENT = EventRecord(
    subscriber="acme",
    event_id="1",
    state=State.HELD,
    recorded=NOON,
    completed=NOON,
    due=None,
    closed=None,
    failed_attempts=2,
    posts=2,
    leases_lost=0,
    last_attempt=ATTEMPT,
)
