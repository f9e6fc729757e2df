"""Hands to Celery what a transition wants published: ids only, so that nothing private is ever in a message.

A message that can't be published costs time, not the event: the ledger knows that it is queued, and the sweep finds it.
"""

import logging
import socket
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kombu.exceptions import LimitExceeded, OperationalError
from redis.exceptions import RedisError

from lessonhook.config import RETRIES, TASK_NAME

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery
    from lessonhook.ledger.answers import Step, Wake

# Not structlog: this also runs in the LMS's process, where nothing of ours has configured a log.
_log = logging.getLogger("lessonhook.publish")

#: Who published a message, as Celery says it; it would work that out anew for each.
_ORIGIN: Final = f"lessonhook@{socket.gethostname()}"
#: When a slot was taken, so that the sweep can tell what may still wait in the broker (milliseconds, Redis' clock).
QUEUED_HEADER: Final = "queued_ms"
#: Which of its lane's countdowns a message is.
WAKE_HEADER: Final = "wake_ms"


class _Outgoing(NamedTuple):
    event_id: str
    queue: str
    headers: dict[str, int]
    countdown: float | None = None


def publish(app: "LessonhookCelery", step: "Step", *, without: "Wake | None" = None) -> bool:
    """Publish a step's messages and countdowns; answer False, and log it, if the broker did not take them all.

    `without` is a countdown that the caller publishes itself.
    """
    outgoing = [_Outgoing(each.event_id, each.queue, {QUEUED_HEADER: each.queued_ms}) for each in step.publish]
    outgoing += [
        _Outgoing(wake.event_id, RETRIES, {QUEUED_HEADER: step.now_ms, WAKE_HEADER: wake.wake_ms}, wake.delay_seconds)
        for wake in step.wakes
        if wake is not without
    ]
    if not outgoing:
        return True
    try:
        with app.borrowed_producer() as producer:
            for message in outgoing:
                _send(app, producer, step.subscriber, message)
    except (LimitExceeded, OperationalError, RedisError, OSError) as error:
        _log.warning(
            "publish.deferred subscriber=%s messages=%d error=%s: the sweep publishes them again",
            step.subscriber,
            len(outgoing),
            type(error).__name__,
        )
        return False
    return True


def _send(app: "LessonhookCelery", producer: Any, subscriber: str, outgoing: _Outgoing) -> None:
    # Below `send_task` on purpose: that one takes parents, priorities and stamps over from a task of the LMS's own.
    event_id, queue, headers, countdown = outgoing
    amqp = app.amqp
    message = amqp.as_task_v2(
        event_id,
        TASK_NAME,
        (subscriber, event_id),
        {},
        countdown=countdown,
        ignore_result=True,
        # Celery's own, which looks into nested values, takes as long as the rest of this call.
        argsrepr=repr((subscriber, event_id)),
        kwargsrepr="{}",
        origin=_ORIGIN,
    )
    # In Redis a queue is a list, there as soon as something is in it; kombu would take a fifteenth of a publish to find
    # that it is declared. Others get it declared: they drop what is sent to a queue that is not there.
    declare: list[Any] | None = [] if producer.connection.transport.driver_type == "redis" else None
    amqp.send_task_message(producer, TASK_NAME, message, queue=queue, headers=headers, declare=declare)
