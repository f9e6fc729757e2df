"""Publishes the messages of a transition on a worker's event loop: into the broker's lists, by the ledger's connection.

kombu would block the loop, so it needs a helper thread, and takes as long for a message as half a delivery.
"""

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from lessonhook.ledger.outgoing.list_message import list_key, list_text
from lessonhook.ledger.outgoing.messages import Outgoing, log_deferred, outgoing_of

if TYPE_CHECKING:
    from lessonhook.ledger.transitions.loop_transitions import LoopTransitions
    from lessonhook.ledger.transitions.results import Step


async def publish_on_loop(transitions: "LoopTransitions", step: "Step") -> None:
    """Publish a step's messages and countdowns, each queue's by one command.

    Call it only if `may_fill_lists`. What the server does not take is logged, and the next sweep publishes it.
    """
    by_queue: dict[str, list[Outgoing]] = defaultdict(list)
    for message in outgoing_of(step):
        by_queue[message.queue].append(message)
    for queue, messages in by_queue.items():
        texts = [list_text(step.subscriber, each.event_id, queue, each.headers, each.countdown) for each in messages]
        try:
            await transitions.push(list_key(queue), texts)
        except RedisError as error:
            log_deferred(step.subscriber, len(messages), error)
            # The sweep finds countdowns by itself.
            queued = [each.event_id for each in messages if each.countdown is None]
            with suppress(RedisError):
                for event_id in queued:
                    await transitions.unpublished(step.subscriber, event_id)
