"""A limit: a Celery task that does nothing but count. No task that does something can be faster on the same pool."""

import itertools
import time
from collections.abc import Sequence
from typing import Any, Final

from redis import Redis

from bench.completions import Completion
from bench.peers.celery_app import make_app
from bench.peers.surroundings import EXPECTED, REDIS_URL

#: Where the last task writes how many seconds lay between the first and itself.
SECONDS_KEY: Final = "bench:seconds"

app: Any = make_app("bench.peers.nothing")
_calls = itertools.count(1)
_first_at: list[float] = []


@app.task  # type: ignore[untyped-decorator]  # Celery's decorators have no types
def count(subscriber: str, event_id: str) -> None:
    """Count; the arguments are those of a message of lessonhook's."""
    del subscriber, event_id
    call = next(_calls)
    if call == 1:
        _first_at.append(time.monotonic())
    elif call == EXPECTED:
        with Redis.from_url(REDIS_URL) as client:
            client.set(SECONDS_KEY, time.monotonic() - _first_at[0])


def subscribe(subscribers: Sequence[str]) -> None:
    """Need no subscription."""


def send(completion: Completion) -> None:
    """Publish one."""
    count.delay(completion.subscriber, completion.event_id)
