"""`send_completion.delay_on_commit`: under Django, sends a completion only if its transaction is committed.

Django is imported at the first call, so that an LMS without Django does not need it.
"""

import logging
from typing import TYPE_CHECKING

from lessonhook.config import LessonhookError
from lessonhook.producer.many import CheckedMany

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lessonhook.producer.completion_dict import CompletionDict
    from lessonhook.producer.contract import CompletionEvent
    from lessonhook.producer.publisher import Publisher

# Not structlog: this runs in the LMS's process, whose logging lessonhook does not configure.
_log = logging.getLogger("lessonhook.publish")


def send_on_commit(publisher: "Publisher", event: "CompletionEvent | CompletionDict", using: str | None) -> str:
    """Check a completion now, and send it after the commit. See `SendCompletion.delay_on_commit`."""
    from django.db import transaction  # noqa: PLC0415 - Django is there only where this is called

    completion, event_id = publisher.check(event)

    def send_completion() -> None:
        _send(publisher, completion, event_id)

    # Robust, because a publish that fails here must not turn a committed request into an error 500, as in Celery's own
    # `delay_on_commit`. Not a `partial`: Django logs an error by the function's name, and a partial has none.
    transaction.on_commit(send_completion, using=using, robust=True)
    return event_id


def send_many_on_commit(
    publisher: "Publisher", events: "Iterable[CompletionEvent | CompletionDict]", using: str | None
) -> int:
    """Check completions now, and send them after the commit. See `SendCompletion.delay_many_on_commit`."""
    from django.db import transaction  # noqa: PLC0415 - as above

    checked = CheckedMany(publisher, events)
    count = checked.total

    def send_completions() -> None:
        try:
            checked.publish()
        except LessonhookError as error:
            _log.error("publish.failed completions=%d error=%s: %s", count, type(error).__name__, error)

    transaction.on_commit(send_completions, using=using, robust=True)
    return count


def _send(publisher: "Publisher", completion: "CompletionEvent", event_id: str) -> None:
    try:
        publisher.send(completion)
    except LessonhookError as error:
        # Its text names fields, rules and Redis' error, and quotes no value.
        _log.error(
            "publish.failed subscriber=%s event_id=%s error=%s: %s",
            completion.subscriber,
            event_id,
            type(error).__name__,
            error,
        )
