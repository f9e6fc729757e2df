"""Publishes the messages of a transition through Celery. They carry ids only, so that they hold nothing private.

A message that cannot be published costs time, not the event: the ledger has it as queued, and the sweep publishes it.
"""

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from celery.signals import after_task_publish, before_task_publish, task_sent
from redis.exceptions import RedisError

from lessonhook.config import COMPLETIONS, ERRAND_TASK_NAME, RETRIES, TASK_NAME, code_of, with_at_least
from lessonhook.config.celery import BROKER_ERRORS, send_again_if_reused
from lessonhook.ledger.outgoing.list_message import ORIGIN, QUEUED_HEADER, list_message

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery
    from lessonhook.ledger.transitions.results import ListMessage, Step, Wake
    from lessonhook.ledger.transitions.transitions import Transitions

# Not structlog, because this also runs in the LMS, where lessonhook configures no log.
_log = logging.getLogger("lessonhook.publish")

#: The header that identifies a countdown among those of its lane.
WAKE_HEADER: Final = "wake_ms"
#: Celery's signals of a publish. Receivers may change what is sent, so with any of them Celery publishes.
_SIGNALS: Final = (before_task_publish, after_task_publish, task_sent)
#: Time for the note that the broker did not take a message, when a caller's time is over: a round trip of the ledger.
_NOTE_SECONDS: Final = 0.2


class Outgoing(NamedTuple):
    """One message of a step."""

    event_id: str
    queue: str
    headers: dict[str, int]
    countdown: float | None = None


def may_fill_lists(app: "LessonhookCelery") -> bool:
    """Return whether messages may be published without Celery: by those who write to the ledger's database."""
    return app.is_broker_in_ledger and not any(signal.receivers for signal in _SIGNALS)


def message_for_script(app: "LessonhookCelery", subscriber: str, event_id: str) -> "ListMessage | None":
    """Return the message that the script of a record publishes; None if the caller must, by `publish`."""
    return list_message(subscriber, event_id) if may_fill_lists(app) else None


def publish(app: "LessonhookCelery", step: "Step", *, ledger: "Transitions", without: "Wake | None" = None) -> bool:
    """Publish a step's messages and countdowns; log it and return False if the broker did not take all of them.

    `without` is a countdown that the caller publishes itself. `ledger` is told of each message that the broker did not
    take, so that the next sweep publishes it again, and not only when it counts as lost.
    """
    outgoing = outgoing_of(step, without=without)
    if not outgoing:
        return True
    sent = 0
    try:
        with app.borrowed_producer() as producer:
            for message in outgoing:
                _send(app, producer, step.subscriber, message)
                sent += 1
    except BROKER_ERRORS as error:
        log_deferred(step.subscriber, len(outgoing) - sent, error)
        _record_unpublished(ledger, step.subscriber, outgoing[sent:])
        return False
    return True


def leave_to_sweep(step: "Step", *, ledger: "Transitions", error: Exception | None = None) -> None:
    """Publish none of a step's messages: the next sweep does. Without an `error`, the broker was late for too long."""
    if outgoing := outgoing_of(step):
        log_deferred(step.subscriber, len(outgoing), error or TimeoutError())
        _record_unpublished(ledger, step.subscriber, outgoing)


def outgoing_of(step: "Step", *, without: "Wake | None" = None) -> list[Outgoing]:
    """Return all messages of a step, the countdowns last."""
    messages = [Outgoing(each.event_id, each.queue, {QUEUED_HEADER: each.queued_ms}) for each in step.publish]
    wakes = [
        Outgoing(wake.event_id, RETRIES, {QUEUED_HEADER: step.now_ms, WAKE_HEADER: wake.wake_ms}, wake.delay_seconds)
        for wake in step.wakes
        if wake is not without
    ]
    return messages + wakes


def log_deferred(subscriber: str, messages: int, error: Exception) -> None:
    """Log that the broker did not take messages."""
    _log.warning(
        "publish.deferred subscriber=%s messages=%d error=%s: the sweep publishes them again",
        subscriber,
        messages,
        code_of(error),
    )


def _record_unpublished(ledger: "Transitions", subscriber: str, unsent: list[Outgoing]) -> None:
    """Record the queued events whose message is not in the broker. The sweep finds countdowns by itself."""
    with suppress(RedisError), with_at_least(_NOTE_SECONDS):
        for each in unsent:
            if each.countdown is None:
                ledger.unpublished(subscriber, each.event_id)


def publish_errand(app: "LessonhookCelery", subscriber: str, errand_id: str, *, now_ms: int) -> bool:
    """Publish the message of an errand; return False if the broker did not take it. Nobody publishes it again."""
    outgoing = Outgoing(errand_id, COMPLETIONS, {QUEUED_HEADER: now_ms})
    try:
        with app.borrowed_producer() as producer:
            _send(app, producer, subscriber, outgoing, task=ERRAND_TASK_NAME)
    except BROKER_ERRORS as error:
        _log.warning("errand.not_published subscriber=%s error=%s", subscriber, code_of(error))
        return False
    return True


def _send(
    app: "LessonhookCelery", producer: Any, subscriber: str, outgoing: Outgoing, *, task: str = TASK_NAME
) -> None:
    # Not `send_task`, because it copies parents, priorities and stamps from a task of the LMS that is running.
    event_id, queue, headers, countdown = outgoing
    amqp = app.amqp
    message = amqp.as_task_v2(
        event_id,
        task,
        (subscriber, event_id),
        {},
        countdown=countdown,
        ignore_result=True,
        # Celery's own version looks into nested values and takes as long as the rest of this call.
        argsrepr=repr((subscriber, event_id)),
        kwargsrepr="{}",
        origin=ORIGIN,
    )
    # In Redis a queue is a list that exists once it has an item, and kombu's check that it is declared would take a
    # fifteenth of a publish. Other brokers drop a message to a missing queue, so there the queue is declared.
    declare: list[Any] | None = [] if producer.connection.transport.driver_type == "redis" else None
    send_again_if_reused(
        producer,
        lambda: amqp.send_task_message(producer, task, message, queue=queue, headers=headers, declare=declare),
    )
