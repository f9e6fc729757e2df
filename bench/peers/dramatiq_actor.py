"""Another queue on Redis doing the same job, Dramatiq: threads in one process, `requests.post`, its own retries."""

from collections.abc import Sequence
from typing import Any

import dramatiq
import requests
from dramatiq.brokers.redis import RedisBroker

from bench.completions import AUTHORIZATION, Completion
from bench.peers.surroundings import DEADLINE_SECONDS, REDIS_URL, RETRIES, RETRY_DELAY_SECONDS, url_of

_DELAY_MS = int(RETRY_DELAY_SECONDS * 1000)

dramatiq.set_broker(RedisBroker(url=REDIS_URL))  # type: ignore[no-untyped-call]  # Dramatiq leaves it untyped


@dramatiq.actor(max_retries=RETRIES, min_backoff=_DELAY_MS, max_backoff=_DELAY_MS)
def post_completion(url: str, authorization: str, event_id: str, payload: dict[str, Any]) -> None:
    """POST a completion; an error brings it back later."""
    headers = {"Authorization": authorization, "webhook-id": event_id}
    requests.post(url, json=payload, headers=headers, timeout=DEADLINE_SECONDS).raise_for_status()


def subscribe(subscribers: Sequence[str]) -> None:
    """Need no subscription: the URL travels in the message."""


def send(completion: Completion) -> None:
    """Publish one."""
    post_completion.send(url_of(completion.subscriber), AUTHORIZATION, completion.event_id, completion.payload)
