"""lessonhook, as an LMS uses it: a dict handed to `send_completion.delay`, checked and rendered there."""

from collections.abc import Iterable, Sequence
from typing import Any

from bench.completions import AUTHORIZATION, Completion
from bench.peers.surroundings import url_of
from lessonhook.producer import Subscription, send_completion, subscriptions


def subscribe(subscribers: Sequence[str]) -> None:
    """Save a subscription for each subscriber."""
    for subscriber in subscribers:
        subscriptions.put(
            Subscription(subscriber=subscriber, callback_url=url_of(subscriber), authorization=AUTHORIZATION)
        )


def _event(completion: Completion) -> Any:
    return {"subscriber": completion.subscriber, "event_id": completion.event_id, **completion.payload}


def send(completion: Completion) -> None:
    """Publish one."""
    send_completion.delay(_event(completion))


def send_many(completions: Iterable[Completion]) -> None:
    """Publish them in one call."""
    send_completion.delay_many(map(_event, completions))


def send_past(completions: Iterable[Completion]) -> None:
    """Publish them in one call, as completions of the past."""
    send_completion.backfill(map(_event, completions))
