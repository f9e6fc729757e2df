"""What Celery keeps of how a task ended: a crash whole, and what a turn reports without Celery's own frames."""

import traceback
from typing import Any

import pytest
from celery import Celery, states
from celery.exceptions import Retry

from lessonhook.worker.celery_app.task_trace import trace_of
from lessonhook.worker.delivery.task_result import DeliveryFailed

_FAILED = DeliveryFailed("500: the endpoint failed (attempt 3 of 3)")


def _traced(error: Exception) -> tuple[str, Any]:
    """Return the state and the ExceptionInfo of a task that raises."""
    app = Celery("traced", set_as_current=False, broker="memory://", backend="disabled://")

    @app.task(name="raises", shared=False, throws=(DeliveryFailed,))
    def raises() -> None:
        raise error

    reported, info, *_ = trace_of(raises, app, "worker-1")("event-1", (), {}, {"id": "event-1", "task": "raises"})
    return info.state, reported


def _frames(reported: Any) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(reported.tb)]


@pytest.mark.parametrize(
    ("error", "state"),
    [(_FAILED, states.FAILURE), (Retry("a retry", _FAILED), states.RETRY)],
)
def test_a_report_has_its_state_and_one_frame_of_ours(error: Exception, state: str) -> None:
    """Each frame of Celery's would cost more than the delivery."""
    found, reported = _traced(error)
    assert found == state
    assert reported.type is type(error)
    assert _frames(reported) == ["_raised_anew"]


def test_a_crash_keeps_its_traceback() -> None:
    """It is a bug, and somebody looks for it."""
    state, reported = _traced(RuntimeError("a bug"))
    assert state == states.FAILURE
    assert _frames(reported)[-1] == "raises"
