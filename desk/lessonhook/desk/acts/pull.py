"""A subscriber fetches its completions: the same ids, bytes and signatures as POSTs would carry, in the same order."""

import time
from typing import TYPE_CHECKING, Final

from lessonhook.desk.errors import FetchedTooOften, NotByPull, UnknownEvent, WrongToken
from lessonhook.desk.views.document import Document
from lessonhook.ledger import FetchResult
from lessonhook.ledger.subscriptions import read_pull_token, signature

if TYPE_CHECKING:
    from lessonhook.desk.resources import Resources

#: Events of one fetch, at most.
MOST_AT_ONCE: Final = 100


class FetchedEvent(Document):
    """One completion as a POST would carry it."""

    webhook_id: str
    #: Seconds since 1970.
    webhook_timestamp: str
    #: By the signing secrets of the subscription; None if it has none.
    webhook_signature: str | None
    #: The bytes that a POST would have, as text.
    body: str
    #: It tells the past.
    webhook_backfill: bool = False


class FetchedBatch(Document):
    """What one fetch returns."""

    events: list[FetchedEvent]
    #: The id to give as `after` once all of these are stored; None if there are none.
    last: str | None
    #: Whether more waits, so that the next fetch may come at once.
    more: bool


def fetch(resources: "Resources", token: str, *, after: str, limit: int) -> FetchedBatch:
    """Acknowledge what came before, and return the next completions of the token's subscriber."""
    ledger = resources.ledger
    read = read_pull_token(token)
    if read is None or not ledger.subscriptions.has_pull_token(read):
        raise WrongToken
    subscriber = read.subscriber
    fetched = ledger.fetch(subscriber, digest=read.digest, after=after, at_most=max(1, min(limit, MOST_AT_ONCE)))
    if fetched.step is not None:
        resources.publish(fetched.step)
    if fetched.result is FetchResult.WRONG_TOKEN:
        raise WrongToken
    if fetched.result is FetchResult.NO_PULL:
        raise NotByPull(subscriber)
    if fetched.result is FetchResult.TOO_SOON:
        raise FetchedTooOften(fetched.wait_seconds)
    if fetched.result is FetchResult.UNKNOWN:
        raise UnknownEvent(after, subscriber)
    secrets = ledger.subscriptions.open(subscriber, fetched.document).signing_secrets
    now = int(time.time())
    events = []
    for event_id, sealed, backfill in fetched.events:
        body = ledger.events.open_body(subscriber, event_id, sealed)
        signed = signature(secrets, event_id=event_id, timestamp=now, body=body) if secrets else None
        events.append(
            FetchedEvent(
                webhook_id=event_id,
                webhook_timestamp=str(now),
                webhook_signature=signed,
                body=body.decode("utf-8"),
                webhook_backfill=backfill,
            )
        )
    return FetchedBatch(
        events=events,
        last=events[-1].webhook_id if events else None,
        more=bool(events) and fetched.undelivered > len(events),
    )
