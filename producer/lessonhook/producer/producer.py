"""Puts the producer together. No other module of this room knows all of its parts."""

from typing import TYPE_CHECKING, Any

from lessonhook.config import TASK_NAME, LessonhookCelery, Settings
from lessonhook.ledger import publish
from lessonhook.producer.app import create_app
from lessonhook.producer.errors import InvalidCompletion
from lessonhook.producer.loop_publisher import LoopPublisher
from lessonhook.producer.publisher import Publisher
from lessonhook.producer.subscriptions import Subscriptions
from lessonhook.producer.task import SendCompletion

if TYPE_CHECKING:
    from lessonhook.ledger import Ledger, Step


class Producer:
    """One task and one set of subscriptions, for settings of their own; `settings` defaults to the environment's.

    For users: `send_completion`, `subscriptions`, `close` and `aclose`. An LMS with one Redis needs no `Producer`: the
    door has `send_completion` and `subscriptions` of the environment's.
    For lessonhook's other rooms: `app`, `ledger` and `publisher`.
    Making one connects nothing and reads no settings. Each part does so when it is first used.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.app: LessonhookCelery = create_app(settings)
        self.publisher = Publisher(self.app)
        self.subscriptions = Subscriptions(
            lambda: self.ledger, self._publish, lambda: self.publisher.server, lambda: self.publisher.call_seconds
        )
        loop_publisher = LoopPublisher(self.publisher)
        # Lazily bound, so that an import does not read the settings.
        task: Any = self.app.promised_task(
            _delivered_by_a_worker,
            base=SendCompletion,
            name=TASK_NAME,
            publisher=self.publisher,
            loop_publisher=loop_publisher,
            ignore_result=True,
        )
        self.send_completion: SendCompletion = task

    @property
    def ledger(self) -> "Ledger":
        """The publisher's ledger."""
        return self.publisher.ledger

    def close(self) -> None:
        """Close every connection that publishing opened; the next use opens new ones."""
        self.publisher.close()

    async def aclose(self) -> None:
        """Close what `adelay` opened for the running event loop, and all that `close` closes."""
        await self.send_completion.aclose()
        self.close()

    def _publish(self, step: "Step") -> None:
        publish(self.app, step, ledger=self.ledger)


def _delivered_by_a_worker(event: object) -> None:
    """Refuse to run: as a plain function, or eagerly, it would record nothing and deliver nothing."""
    del event
    raise InvalidCompletion({"send_completion": "is delivered by lessonhook's worker: call .delay(event)"})
