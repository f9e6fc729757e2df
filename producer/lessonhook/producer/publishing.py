"""`send_completion`: Celery's own `.delay()` and `.apply_async()`, with an event in place of ids.

The event is checked, rendered and recorded in the ledger before anything is published; what is published is its id.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from celery import Task
from redis.exceptions import RedisError

from lessonhook.config import TASK_NAME, LessonhookCelery, Settings
from lessonhook.ledger import Ledger, Policy, Recorded, Vault, connect, publish
from lessonhook.producer.app import PATIENCE_SECONDS, create_app
from lessonhook.producer.contract import CompletionEvent, parse_event, with_event_id
from lessonhook.producer.errors import InvalidCompletion, PublishFailed
from lessonhook.producer.identity import event_id_of
from lessonhook.producer.publication import Publication
from lessonhook.producer.rendering import render
from lessonhook.producer.rendering_memory import Rendering, RenderingMemory
from lessonhook.producer.subscriptions import Subscriptions

if TYPE_CHECKING:
    from lessonhook.ledger import Step

#: A subscription may be put between two tries; more often than this, somebody is saving it in a loop.
_RENDERINGS_TRIED: Final = 3


class Producer:
    """Everything that publishing needs, made when it is first used; `settings` defaults to the environment's."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.app: LessonhookCelery = create_app(settings)
        self.subscriptions = Subscriptions(self)
        self._renderings = RenderingMemory()
        task: Any = self.app.task(
            base=SendCompletion, name=TASK_NAME, shared=False, producer=self, ignore_result=True, lazy=False
        )(_delivered_by_a_worker)
        self.send_completion: SendCompletion = task

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, on a client that gives up within a second."""
        settings = self.app.settings
        redis = connect(settings.redis_url, timeout_seconds=PATIENCE_SECONDS, connect_timeout_seconds=PATIENCE_SECONDS)
        return Ledger(redis, Policy.from_settings(settings), Vault.from_settings(settings))

    def send(self, event: CompletionEvent | Mapping[str, Any], event_id: str | None = None) -> Publication:
        """Check, render, record and publish one completion. See `SendCompletion.delay`."""
        completion = parse_event(event) if event_id is None else with_event_id(event, event_id)
        event_id = event_id_of(completion)
        try:
            step = self._record(completion, event_id)
        except RedisError as error:
            raise PublishFailed(
                f"Redis did not record the completion ({type(error).__name__}); nothing was published: send it again, "
                "its id keeps it from arriving twice"
            ) from error
        # Recorded is accepted: a message that the broker does not take now is published by the sweep.
        publish(self.app, step)
        assert step.recorded is not None  # noqa: S101 - `record` always says so
        return Publication(event_id, step.recorded)

    def _record(self, event: CompletionEvent, event_id: str) -> "Step":
        name = self._renderings.recall(event.subscriber)
        for _ in range(_RENDERINGS_TRIED):
            step = self.ledger.record(
                event.subscriber,
                event_id,
                body=render(event, Rendering.named(name)),
                learner=event.user.id,
                lesson=event.lesson.id,
                completed_at=int(event.completed_at.timestamp()),
                rendering=name,
            )
            if step.recorded is not Recorded.OTHER_RENDERING:
                return step
            name = step.rendering
            self._renderings.learn(event.subscriber, name)
        raise PublishFailed(
            "the subscription was changed while the completion was recorded, again and again: try later"
        )


class SendCompletion(Task):
    """The task as the LMS sees it: it takes an event, and a worker somewhere else delivers it."""

    producer: Producer

    def delay(self, event: CompletionEvent | Mapping[str, Any]) -> Publication:
        """Send a completion to its subscriber's callback URL, and answer at once.

        Raises `InvalidCompletion` if it is wrong, before anything is stored, and `PublishFailed` if Redis does not
        answer, within two seconds.
        """
        return self.producer.send(event)

    def apply_async(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        task_id: str | None = None,
        **options: Any,
    ) -> Publication:
        """Do as `delay` does; `task_id`, if given, is the event's id. Other options of Celery's are refused.

        Delay, expiry and routing are the lane's own business: accepting the option and ignoring it would be a lie.
        """
        refused = sorted(name for name, value in options.items() if value is not None)
        if refused:
            raise InvalidCompletion(dict.fromkeys(refused, "can't be set: the lane decides when and where"))
        return self.producer.send(_the_event(args, kwargs), task_id)


def _the_event(args: Sequence[Any] | None, kwargs: Mapping[str, Any] | None) -> CompletionEvent | Mapping[str, Any]:
    given = [*(args or ()), *(kwargs or {}).values()]
    if len(given) != 1 or set(kwargs or {}) - {"event"}:
        raise InvalidCompletion({"send_completion": "takes one argument, the event"})
    event: CompletionEvent | Mapping[str, Any] = given[0]
    return event


def _delivered_by_a_worker(event: object) -> None:
    """Refuse to run: called as a function, or eagerly, nothing would be recorded and nothing delivered."""
    del event
    raise InvalidCompletion({"send_completion": "is delivered by lessonhook's worker: call .delay(event)"})
