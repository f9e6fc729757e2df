"""`send_completion` and `run_errand` as the worker runs them."""

from typing import TYPE_CHECKING, Any

from lessonhook.config import ERRAND_TASK_NAME, TASK_NAME
from lessonhook.worker.celery_app.asked_turn import take_turn
from lessonhook.worker.celery_app.event_request import EventRequest
from lessonhook.worker.celery_app.loop_pool import TURN_RESULT
from lessonhook.worker.delivery.errand import ErrandRun
from lessonhook.worker.delivery.task_result import DeliveryFailed

if TYPE_CHECKING:
    from lessonhook.config import LessonhookCelery
    from lessonhook.worker.runtime.runtime import Runtime


def register(app: "LessonhookCelery", runtime: "Runtime") -> None:
    """Register the tasks with an application. Each run of them uses `runtime`."""

    @app.task(
        bind=True,
        name=TASK_NAME,
        shared=False,
        # The ledger counts the attempts.
        max_retries=None,
        throws=(DeliveryFailed,),
        Request=EventRequest,
    )
    def send_completion(task: Any, subscriber: str, event_id: str) -> str:
        """Take a turn in the subscriber's lane. The result, or the error, says how the task's own event ended."""
        result = getattr(task.request, TURN_RESULT, None)
        if result is None:
            # This thread waits for the turn, and so do the spans that it is in.
            headers = {**(task.request.headers or {}), "delivery_info": task.request.delivery_info}
            result = runtime.loop.run(take_turn(runtime, subscriber, event_id, headers))
        return result.conclude()

    @app.task(name=ERRAND_TASK_NAME, shared=False)
    def run_errand(subscriber: str, errand_id: str) -> str:
        """Make the POSTs that a person asked for; they wait in a thread, since `LoopPool` gives each such task one."""
        return ErrandRun(runtime, subscriber, errand_id).run()
