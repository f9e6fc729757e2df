"""An LMS with a Celery application, a broker and tasks of its own; some of them publish completions.

`SCHOOL_BROKER_URL` is its broker, `SCHOOL_SETTINGS` a JSON object of Celery settings of its own.
"""

import json
import os

from celery import Celery, shared_task

from lessonhook.producer import send_completion
from tests.support.lms.completions import completion

app = Celery("school")
app.conf.update(
    # Some variants name a result backend in the environment; nobody here reads results.
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    **json.loads(os.environ.get("SCHOOL_SETTINGS", "{}")),
)
if "CELERY_BROKER_URL" not in os.environ:
    app.conf.broker_url = os.environ["SCHOOL_BROKER_URL"]


@app.task(name="school.complete")
def complete(subscriber: str) -> None:
    """Publish a completion inside a task of the school's own."""
    send_completion.delay(completion(1, subscriber))


@app.task(name="school.remind")
def remind() -> None:
    """Stand for whatever an LMS does."""


@shared_task(name="school.report")
def report() -> None:
    """Stand for a task of a reusable package of the LMS's."""
