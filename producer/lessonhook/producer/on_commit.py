"""`send_completion.delay_on_commit`: under Django, a completion that was rolled back is one that never was.

Django is imported when this is first called, so that an LMS without it needs nothing of it.
"""

import logging
from functools import partial
from typing import TYPE_CHECKING

from lessonhook.config import LessonhookError

if TYPE_CHECKING:
    from lessonhook.producer.completion_dict import CompletionDict
    from lessonhook.producer.contract import CompletionEvent
    from lessonhook.producer.publishing import Producer

# Not structlog: this runs in the LMS's process, where nothing of ours has configured a log.
_log = logging.getLogger("lessonhook.publish")


def send_on_commit(producer: "Producer", event: "CompletionEvent | CompletionDict", using: str | None) -> str:
    """Check a completion now, and send it after the commit. See `SendCompletion.delay_on_commit`."""
    from django.db import transaction  # noqa: PLC0415 - Django is there only where this is called

    completion, event_id = producer.check(event)
    # Robust: Celery's own `delay_on_commit` is not, and a failing publish there answers a committed request with 500.
    transaction.on_commit(partial(_send, producer, completion, event_id), using=using, robust=True)
    return event_id


def _send(producer: "Producer", completion: "CompletionEvent", event_id: str) -> None:
    try:
        producer.send(completion)
    except LessonhookError as error:
        # Its text names fields, rules and Redis' error, and quotes no value.
        _log.error(
            "publish.failed subscriber=%s event_id=%s error=%s: %s",
            completion.subscriber,
            event_id,
            type(error).__name__,
            error,
        )
