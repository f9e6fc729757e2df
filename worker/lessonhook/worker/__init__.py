"""What delivers: `celery -A lessonhook.worker worker`."""

from lessonhook.worker.app import WorkerCelery, create_app

__all__ = ["WorkerCelery", "app", "create_app"]

#: The application of the environment's settings, found by `celery -A lessonhook.worker`.
app = create_app()
