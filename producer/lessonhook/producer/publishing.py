"""How a completion is published: checked, rendered and recorded in the ledger first; what is published is its id."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import RedisError

from lessonhook.config import TASK_NAME, LessonhookCelery, Settings, made_once
from lessonhook.ledger import Ledger, Policy, Vault, connect, publish
from lessonhook.ledger.tracing import current_traceparent
from lessonhook.producer.app import CONNECTIONS, KEPT_CONNECTIONS, PATIENCE_SECONDS, create_app
from lessonhook.producer.completion_dict import CompletionDict
from lessonhook.producer.contract import CompletionEvent, parse_event, with_event_id
from lessonhook.producer.errors import InvalidCompletion, PublishFailed
from lessonhook.producer.identity import event_id_of
from lessonhook.producer.publication import Publication
from lessonhook.producer.rendering import render
from lessonhook.producer.rendering_memory import Rendering, RenderingMemory
from lessonhook.producer.subscriptions import Subscriptions
from lessonhook.producer.task import SendCompletion

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
        # Lazily bound, so that an import does not read the settings.
        task: Any = self.app.task(base=SendCompletion, name=TASK_NAME, shared=False, producer=self, ignore_result=True)(
            _delivered_by_a_worker
        )
        self.send_completion: SendCompletion = task

    @made_once
    def ledger(self) -> Ledger:
        """The ledger, on a client that gives up within a second."""
        settings = self.app.settings
        redis = connect(
            settings.redis_url,
            timeout_seconds=PATIENCE_SECONDS,
            connect_timeout_seconds=PATIENCE_SECONDS,
            connections=CONNECTIONS,
        )
        policy, vault = Policy.from_settings(settings), Vault.from_settings(settings)
        return Ledger(redis, policy, vault, kept_connections=KEPT_CONNECTIONS)

    def check(self, event: CompletionEvent | CompletionDict) -> tuple[CompletionEvent, str]:
        """Answer a completion and its event id; raise `InvalidCompletion` for what is wrong, without storing anything.

        What only Redis could tell is left to `send` if Redis does not answer.
        """
        completion = parse_event(event)
        with suppress(RedisError):
            self._render(completion)
        return completion, event_id_of(completion)

    def close(self) -> None:
        """Close every connection that publishing opened; the next use opens new ones."""
        self.app.close()
        if "ledger" in self.__dict__:
            self.ledger.redis.close()

    def send(self, event: CompletionEvent | CompletionDict, event_id: str | None = None) -> Publication:
        """Check, render, record and publish one completion. See `SendCompletion.delay`."""
        completion = parse_event(event) if event_id is None else with_event_id(event, event_id)
        event_id = event_id_of(completion)
        try:
            step = self._record(completion, event_id)
        except RedisError as error:
            raise PublishFailed(
                f"Redis did not say that it recorded the completion ({type(error).__name__}): send it again; if it was "
                "recorded, its id keeps it from arriving twice"
            ) from error
        # Recorded is accepted: a message that the broker does not take now is published by the sweep.
        publish(self.app, step)
        assert step.recorded is not None  # noqa: S101 - `record` always says so
        return Publication(event_id, step.recorded)

    def _render(self, event: CompletionEvent) -> tuple[str, bytes]:
        """Answer the name of the options that are known of the subscription, and the body rendered for them."""
        name = self._renderings.recall(event.subscriber)
        try:
            return name, render(event, Rendering.named(name))
        except InvalidCompletion:
            # Out of date, perhaps: a company whose events are refused for an option takes the option back.
            subscription = self.ledger.subscription(event.subscriber)
            current = subscription.rendering if subscription else ""
            if current == name:
                raise
        self._renderings.learn(event.subscriber, current)
        return current, render(event, Rendering.named(current))

    def _record(self, event: CompletionEvent, event_id: str) -> "Step":
        name, body = self._render(event)
        for _ in range(_RENDERINGS_TRIED):
            step = self.ledger.record(
                event.subscriber,
                event_id,
                body=body,
                learner=event.user.id,
                lesson=event.lesson.id,
                completed_at=int(event.completed_at.timestamp()),
                rendering=name,
                traceparent=current_traceparent(),
            )
            if step.rendering is None:
                return step
            name = step.rendering
            self._renderings.learn(event.subscriber, name)
            body = render(event, Rendering.named(name))
        raise PublishFailed(
            "the subscription was changed while the completion was recorded, again and again: try later"
        )


def _delivered_by_a_worker(event: object) -> None:
    """Refuse to run: called as a function, or eagerly, nothing would be recorded and nothing delivered."""
    del event
    raise InvalidCompletion({"send_completion": "is delivered by lessonhook's worker: call .delay(event)"})
