"""Celery's task events for events that were delivered in place, so that Flower finds each of them by its id."""

from typing import TYPE_CHECKING, Any

import structlog

from lessonhook.config import TASK_NAME
from lessonhook.worker.ending import Celery

if TYPE_CHECKING:
    from lessonhook.worker.ending import Ending
    from lessonhook.worker.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")


class TaskEvents:
    """Sends what Celery itself sends of a task with a message of its own; nothing where task events are off."""

    def __init__(self, runtime: "Runtime", subscriber: str) -> None:
        self._runtime = runtime
        self._subscriber = subscriber

    def _dispatcher(self) -> Any:
        dispatcher = getattr(self._runtime.consumer, "event_dispatcher", None)
        return dispatcher if dispatcher is not None and dispatcher.enabled else None

    def started(self, event_id: str) -> None:
        """Tell that an event is taken up."""
        dispatcher = self._dispatcher()
        if dispatcher is None:
            return
        self._send(
            dispatcher,
            "task-received",
            uuid=event_id,
            name=TASK_NAME,
            args=repr((self._subscriber, event_id)),
            kwargs="{}",
            root_id=event_id,
            parent_id=None,
            retries=0,
            eta=None,
            expires=None,
        )
        self._send(dispatcher, "task-started", uuid=event_id)

    def tried(self, event_id: str, attempts: int) -> None:
        """Note how often the task's own event was tried; the rest of its end is told by Celery."""
        if dispatcher := self._dispatcher():
            dispatcher.tried(event_id, attempts)

    def ended(self, event_id: str, ending: "Ending", seconds: float, attempts: int) -> None:
        """Tell how an event ended that had no message of its own, after so many attempts."""
        dispatcher = self._dispatcher()
        if dispatcher is None:
            return
        dispatcher.tried(event_id, attempts)
        if ending.state is Celery.SUCCESS:
            self._send(dispatcher, "task-succeeded", uuid=event_id, result=repr(ending.text), runtime=seconds)
        elif ending.state is not Celery.IGNORED:
            kind = "task-retried" if ending.state is Celery.RETRY else "task-failed"
            self._send(dispatcher, kind, uuid=event_id, exception=f"DeliveryFailed({ending.text!r})", traceback="")

    @staticmethod
    def _send(dispatcher: Any, kind: str, **fields: Any) -> None:
        try:
            dispatcher.send(kind, **fields)
        except Exception as error:  # noqa: BLE001 - what Flower is told must never stop a delivery
            _log.debug("task_event.lost", kind=kind, error=type(error).__name__)
