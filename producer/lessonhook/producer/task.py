"""`send_completion` as the LMS sees it: Celery's own `.delay()` and `.apply_async()`, with an event in place of ids."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lessonhook.producer.completion_dict import CompletionDict
from lessonhook.producer.contract import CompletionEvent
from lessonhook.producer.errors import InvalidCompletion
from lessonhook.producer.on_commit import send_on_commit
from lessonhook.producer.publication import Publication

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery
    from lessonhook.producer.publishing import Producer

    class Task:
        """What is used of Celery's class, which has no types: with that one, any misspelt call would be right."""

        app: LessonhookCelery
        name: str
else:
    from celery import Task


class SendCompletion(Task):
    """The task as the LMS sees it: it takes an event, and a worker somewhere else delivers it."""

    producer: "Producer"

    def delay(self, event: CompletionEvent | CompletionDict) -> Publication:
        """Send a completion to its subscriber's callback URL, and answer at once.

        Raises `InvalidCompletion` if it is wrong, before anything is stored, and `PublishFailed` if Redis does not
        answer, within two seconds.
        """
        return self.producer.send(event)

    def delay_on_commit(self, event: CompletionEvent | CompletionDict, *, using: str | None = None) -> str:
        """Send a completion when Django's transaction is committed, and not at all if it is rolled back.

        `using` names the database, as in `transaction.on_commit`. Outside a transaction it is sent at once. Answers the
        event's id. Raises `InvalidCompletion` now if the completion is wrong; what goes wrong after the commit raises
        nothing in the view and is logged as `publish.failed`: keep an outbox, or publish the completion again.
        """
        return send_on_commit(self.producer, event, using)

    def apply_async(
        self,
        args: "Sequence[CompletionEvent | CompletionDict] | None" = None,
        kwargs: Mapping[str, Any] | None = None,
        task_id: str | None = None,
        **options: None,
    ) -> Publication:
        """Do as `delay` does; `task_id`, if given, is the event's id. Other options of Celery's are refused.

        Delay, expiry and routing are the lane's own business: accepting the option and ignoring it would be a lie.
        """
        given: Mapping[str, object] = options
        refused = sorted(name for name, value in given.items() if value is not None)
        if refused:
            raise InvalidCompletion(dict.fromkeys(refused, "can't be set: the lane decides when and where"))
        return self.producer.send(_the_event(args, kwargs), task_id)


def _the_event(args: Sequence[Any] | None, kwargs: Mapping[str, Any] | None) -> CompletionEvent | CompletionDict:
    given = [*(args or ()), *(kwargs or {}).values()]
    if len(given) != 1 or set(kwargs or {}) - {"event"}:
        raise InvalidCompletion({"send_completion": "takes one argument, the event"})
    event: CompletionEvent | CompletionDict = given[0]
    return event
