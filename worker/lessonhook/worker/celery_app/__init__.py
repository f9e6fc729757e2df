"""The worker's Celery application: its settings, its task, and what starts with it."""

from lessonhook.worker.celery_app.command_options import REFUSED
from lessonhook.worker.celery_app.loop_pool import check_pool_option

__all__ = ["REFUSED", "check_pool_option"]
