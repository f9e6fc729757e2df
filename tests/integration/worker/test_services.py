"""What is there before a worker takes its first task."""

import threading
from types import SimpleNamespace

import pytest

from lessonhook.config import Settings
from lessonhook.worker import create_app
from lessonhook.worker.celery_app.services import ServicesStep


@pytest.mark.parametrize(("per_year", "threads"), [(0.0, 0), (0.02, 1)])
def test_silences_are_looked_for_unless_the_setting_is_0(settings: Settings, per_year: float, threads: int) -> None:
    """Then there is no thread either."""
    worker = SimpleNamespace(app=create_app(settings.model_copy(update={"quiet_false_alarms_per_year": per_year})))
    step = ServicesStep(worker)
    step.start(worker)
    try:
        assert [each.name for each in threading.enumerate()].count("lessonhook-silence") == threads
    finally:
        step.stop(worker)
    assert "lessonhook-silence" not in [each.name for each in threading.enumerate()]


def test_the_client_is_made_before_the_first_task(settings: Settings) -> None:
    """By one thread: those that take a backlog's first tasks at once find it there."""
    worker = SimpleNamespace(app=create_app(settings))
    step = ServicesStep(worker)
    step.start(worker)
    try:
        assert "client" in vars(worker.app.runtime)
    finally:
        step.stop(worker)
