"""Celery's trace of a task, with a short traceback for what a turn reports.

Here a retry and a failure are results of a turn, and no crash. Celery makes a traceback of each. For that billiard
copies the position of every instruction of the function that caught it, which is Celery's whole trace: 0.6 ms of the
event loop, more than a delivery costs (measured, celery 5.7.0, billiard 4.3.2).
"""

from collections.abc import Callable
from typing import Any

from celery.app.trace import TraceInfo, build_tracer
from celery.exceptions import Retry

from lessonhook.worker.delivery.task_result import DeliveryFailed

_REPORTED = (DeliveryFailed, Retry)


class _TraceInfo(TraceInfo):
    """How a task ended. A crash keeps its traceback; what was reported is raised anew, from here."""

    __slots__ = ()

    def handle_retry(self, task: Any, req: Any, **options: Any) -> Any:
        """Report a retry."""
        return _raised_anew(self.retval, lambda: super(_TraceInfo, self).handle_retry(task, req, **options))

    def handle_failure(self, task: Any, req: Any, **options: Any) -> Any:
        """Report a failure."""
        return _raised_anew(self.retval, lambda: super(_TraceInfo, self).handle_failure(task, req, **options))


def _raised_anew(error: BaseException, handle: Callable[[], Any]) -> Any:
    if not isinstance(error, _REPORTED):
        return handle()
    try:
        raise error.with_traceback(None)
    except _REPORTED:
        return handle()


def trace_of(task: Any, app: Any, hostname: str) -> Callable[..., Any]:
    """Return what a worker calls in place of a task, as Celery's consumer builds it."""
    built: Callable[..., Any] = build_tracer(task.name, task, app.loader, hostname, app=app, Info=_TraceInfo)
    return built
