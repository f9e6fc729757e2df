"""`send_completion` as the worker runs it."""

from typing import TYPE_CHECKING, Any

from lessonhook.config import TASK_NAME
from lessonhook.ledger import WAKE_HEADER
from lessonhook.worker.ending import DeliveryFailed
from lessonhook.worker.request import EventRequest
from lessonhook.worker.turn import Turn

if TYPE_CHECKING:
    from lessonhook.worker.app import WorkerCelery


def register(app: "WorkerCelery") -> None:
    """Register the task with an application."""

    @app.task(
        bind=True,
        name=TASK_NAME,
        shared=False,
        # Attempts are counted in the ledger.
        max_retries=None,
        throws=(DeliveryFailed,),
        Request=EventRequest,
    )
    def send_completion(task: Any, subscriber: str, event_id: str) -> str:
        """Take a turn in the subscriber's lane; the result, or the error, tells how the task's own event ended."""
        wake = (task.request.headers or {}).get(WAKE_HEADER)
        return Turn(app.runtime, task, subscriber, event_id).take(wake).conclude()
