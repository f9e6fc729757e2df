"""What is there before a worker takes its first task."""

from types import SimpleNamespace

from lessonhook.config import Settings
from lessonhook.worker import create_app
from lessonhook.worker.services import ServicesStep


def test_the_client_is_made_before_the_first_task(settings: Settings) -> None:
    """By one thread: those that take a backlog's first tasks at once find it there."""
    worker = SimpleNamespace(app=create_app(settings))
    step = ServicesStep(worker)
    step.start(worker)
    try:
        assert "client" in vars(worker.app.runtime)
    finally:
        step.stop(worker)
