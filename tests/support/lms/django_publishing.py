"""A Django LMS, with Celery's Django fix-up, publishes to both brokers; our producer is imported before its own app."""

import json
import os
from typing import Any

import django
from celery import Celery, _state, current_app, shared_task

from lessonhook.producer import Subscription, send_completion, subscriptions

from lessonhook.producer.sample import sample_event  # isort: skip

app = Celery("school")
app.config_from_object("django.conf:settings", namespace="CELERY")


@shared_task(name="school.report")
def report() -> None:
    """Stand for a task of a Django application."""


django.setup()
assert os.environ["DJANGO_SETTINGS_MODULE"]
subscriptions.put(Subscription(subscriber="acme", callback_url="https://acme.example.com/hook"))
publication = send_completion.delay(sample_event("acme"))
report.delay()
ours: Any = send_completion.app
facts = {
    "current app is the school's": current_app._get_current_object() is app,
    "default app": getattr(_state.default_app, "main", None),
    "the school has the fix-up": len(app._fixups),
    "ours has the fix-up": len(ours._fixups),
    "recorded": publication.recorded,
    "event": publication.id,
}
print(json.dumps(facts))  # noqa: T201 - its report
