"""Publishes the messages of many transitions at once, as a sweep releases them after an outage.

Beside a busy event loop, a thread waits for the interpreter after each reply that it reads. One message a round trip
then takes up to twenty milliseconds: 2,000 countdowns that a Redis had lost took a minute, and 6 s on an idle machine
(measured).
"""

from collections import defaultdict
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from lessonhook.ledger.outgoing.list_message import list_key, list_text
from lessonhook.ledger.outgoing.messages import leave_to_sweep, may_fill_lists, outgoing_of, publish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis import Redis

    from lessonhook.config import LessonhookCelery
    from lessonhook.ledger.transitions.results import Step
    from lessonhook.ledger.transitions.transitions import Transitions


def publish_each(
    app: "LessonhookCelery", steps: "Sequence[Step]", *, ledger: "Transitions", redis: "Redis"
) -> list[bool]:
    """Publish what many steps release; return for each whether the broker took all of it.

    If the ledger's database is the broker as well, one command a queue takes all of it. `redis` is the ledger's client.
    """
    if not may_fill_lists(app):
        return [publish(app, step, ledger=ledger) for step in steps]
    texts: dict[str, list[str]] = defaultdict(list)
    for step in steps:
        for each in outgoing_of(step):
            texts[each.queue].append(
                list_text(step.subscriber, each.event_id, each.queue, each.headers, each.countdown)
            )
    if not texts:
        return [True] * len(steps)
    try:
        with redis.pipeline(transaction=True) as pipeline:
            for queue, messages in texts.items():
                pipeline.lpush(list_key(queue), *messages)
            pipeline.execute()
    except RedisError as error:
        for step in steps:
            leave_to_sweep(step, ledger=ledger, error=error)
        return [not outgoing_of(step) for step in steps]
    return [True] * len(steps)
