"""django-webhook, a package that posts webhooks from Celery: its own task, on SQLite.

Its log of events is off, which spares it two writes a delivery. Each task reads the webhook and its secrets from the
database, as it does in any installation, and opens a connection of its own.
"""

import importlib
import json
from collections.abc import Sequence
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

from bench.completions import Completion
from bench.peers.celery_app import make_app
from bench.peers.surroundings import DIRECTORY, url_of

# Its tasks register with the application that is the default when its models are loaded, by `setup`.
app: Any = make_app("bench.peers.django_webhooks")
app.set_default()
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django_webhook"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{DIRECTORY}/django.sqlite3"}},
    DJANGO_WEBHOOK={"MODELS": [], "STORE_EVENTS": False},
    USE_TZ=True,
)
django.setup()

# Only now, after `setup`; and neither has types.
_models: Any = importlib.import_module("django_webhook.models")
_tasks: Any = importlib.import_module("django_webhook.tasks")

_ids: dict[str, int] = {}


def subscribe(subscribers: Sequence[str]) -> None:
    """Make the tables, and a webhook with a secret for each subscriber."""
    call_command("migrate", verbosity=0)
    for subscriber in subscribers:
        webhook = _models.Webhook.objects.create(url=url_of(subscriber))
        _models.WebhookSecret.objects.create(webhook=webhook, token="not-a-real-secret")  # noqa: S106 - it guards nothing
        _ids[subscriber] = webhook.id


def send(completion: Completion) -> None:
    """Publish one, as the package's own signal handler does."""
    _tasks.fire_webhook.delay(_ids[completion.subscriber], json.dumps(completion.payload))
