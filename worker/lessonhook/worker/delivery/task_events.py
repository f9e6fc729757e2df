"""Celery's task events for events that were delivered without a task of their own, so that Flower shows them by id."""

from typing import TYPE_CHECKING, Any

import structlog

from lessonhook.config import TASK_NAME
from lessonhook.worker.delivery.task_result import TaskState

if TYPE_CHECKING:
    from lessonhook.worker.delivery.task_result import TaskResult
    from lessonhook.worker.runtime.runtime import Runtime

_log = structlog.get_logger("lessonhook.worker")


class TaskEvents:
    """Sends the same events that Celery sends for a task with a message. Sends nothing if task events are off."""

    def __init__(self, runtime: "Runtime", subscriber: str) -> None:
        self._runtime = runtime
        self._subscriber = subscriber

    def _dispatcher(self) -> Any:
        dispatcher = getattr(self._runtime.consumer, "event_dispatcher", None)
        return dispatcher if dispatcher is not None and dispatcher.enabled else None

    def started(self, event_id: str) -> None:
        """Send that the delivery of an event has begun."""
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
        """Record the number of attempts of the task's own event. Celery sends the rest when the task ends."""
        if dispatcher := self._dispatcher():
            dispatcher.tried(event_id, attempts)

    def ended(self, event_id: str, result: "TaskResult", seconds: float, attempts: int) -> None:
        """Send how an event without a message of its own ended, and its number of attempts."""
        dispatcher = self._dispatcher()
        if dispatcher is None:
            return
        dispatcher.tried(event_id, attempts)
        if result.state is TaskState.SUCCESS:
            self._send(dispatcher, "task-succeeded", uuid=event_id, result=repr(result.text), runtime=seconds)
        elif result.state is not TaskState.IGNORED:
            kind = "task-retried" if result.state is TaskState.RETRY else "task-failed"
            self._send(dispatcher, kind, uuid=event_id, exception=f"DeliveryFailed({result.text!r})", traceback="")

    @staticmethod
    def _send(dispatcher: Any, kind: str, **fields: Any) -> None:
        try:
            dispatcher.send(kind, **fields)
        except Exception as error:  # noqa: BLE001 - an event for Flower must never stop a delivery
            _log.debug("task_event.lost", kind=kind, error=type(error).__name__)
