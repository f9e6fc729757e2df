"""What delivers: `celery -A lessonhook.worker worker`."""

try:
    from lessonhook.worker.celery_app.worker_celery import WorkerCelery, create_app
except ModuleNotFoundError as error:
    if error.name not in {"certifi", "prometheus_client", "requests"}:
        raise
    raise ModuleNotFoundError(
        f"{error.name} is not installed; a worker needs: pip install 'lessonhook[worker]'", name=error.name
    ) from None

__all__ = ["WorkerCelery", "app", "create_app"]

#: The application of the environment's settings, found by `celery -A lessonhook.worker`.
app = create_app()
