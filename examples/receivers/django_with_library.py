"""A receiver in Django with `lessonhook.receiver`: checks the sender, drops repeats, keeps the newest result.

    export WEBHOOK_AUTHORIZATION='Token abc' WEBHOOK_SECRET=whsec_... RESULTS=results.sqlite3
    python examples/receivers/django_with_library.py migrate --run-syncdb
    python examples/receivers/django_with_library.py runserver --noreload 9000

The parts to copy are the three models, `StoredIds` and `completion`. The ids are in a table of yours, and are stored in
the transaction that stores the result.
"""

import logging
import os
import sys
from pathlib import Path

import django
from django.apps import AppConfig
from django.conf import settings
from django.core.management import execute_from_command_line
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from lessonhook.receiver import Refused, receive, verify_authorization

settings.configure(
    DEBUG=True,
    SECRET_KEY=os.environ.get("SECRET_KEY", "of this example alone"),
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    # A write takes the lock at the beginning, so that two POSTs at once wait for each other and neither fails.
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["RESULTS"],
            "OPTIONS": {"transaction_mode": "IMMEDIATE"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    INSTALLED_APPS=[f"{__name__}.ReceiverConfig"],
)


class ReceiverConfig(AppConfig):
    """The application of this file."""

    name = __name__
    label = "webhook"
    path = str(Path(__file__).parent)

    def import_models(self) -> None:
        """Register the models, which are further down; in a project Django finds them in models.py."""
        super().import_models()
        self.models_module = sys.modules[__name__]


django.setup()
log = logging.getLogger("webhook")


class SeenWebhook(models.Model):
    """An id that was stored. Delete rows older than forty days now and then: nothing is sent again after that."""

    webhook_id = models.CharField(max_length=128, primary_key=True)
    seen_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return str(self.webhook_id)


class Result(models.Model):
    """The newest result of a learner and a lesson."""

    user_id = models.CharField(max_length=100)
    lesson_id = models.CharField(max_length=100)
    completed_at = models.DateTimeField()
    #: None for a lesson without a score, which is not 0.
    score = models.FloatField(null=True)

    class Meta:
        """One row for each learner and lesson."""

        db_table = "result"
        constraints = (models.UniqueConstraint(fields=["user_id", "lesson_id"], name="one_result"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.lesson_id}"


class Congratulation(models.Model):
    """A learner whom a job of yours congratulates."""

    user_id = models.CharField(max_length=100)
    lesson_id = models.CharField(max_length=100)

    class Meta:
        """A table with a short name."""

        db_table = "congratulation"

    def __str__(self) -> str:
        return f"{self.user_id}: {self.lesson_id}"


class StoredIds:
    """The ids, in a table of yours: a `SeenIds` of the library."""

    def first_time(self, webhook_id: str) -> bool:
        """Store an id, and return whether it was not there before."""
        return bool(SeenWebhook.objects.get_or_create(webhook_id=webhook_id)[1])


@csrf_exempt
@require_POST
def completion(request: HttpRequest) -> HttpResponse:
    """Respond with 204 only when the result is written, because any other response has it sent again."""
    try:
        verify_authorization(request.headers, os.environ["WEBHOOK_AUTHORIZATION"])
        # The bytes as they came; decoded and encoded again, they may be others.
        received = receive(request.headers, request.body, os.environ["WEBHOOK_SECRET"])
    except Refused as reason:
        log.warning("refused: %s", reason)
        return HttpResponse(status=reason.status)
    if received.is_test:
        return HttpResponse(status=204)
    done = received.completion
    with transaction.atomic():
        if StoredIds().first_time(received.webhook_id):
            user_id, lesson_id = done.key
            stored = Result.objects.select_for_update().filter(user_id=user_id, lesson_id=lesson_id).first()
            # A retake's result may come before the older one that was held back: the newest stays.
            if done.is_newer_than(stored and stored.completed_at):
                Result.objects.update_or_create(
                    user_id=user_id,
                    lesson_id=lesson_id,
                    defaults={"completed_at": done.completed_at, "score": done.score_percent},
                )
            # Nobody is congratulated for a lesson of long ago.
            if not received.is_backfill:
                Congratulation.objects.create(user_id=user_id, lesson_id=lesson_id)
    return HttpResponse(status=204)


urlpatterns = [path("completions", completion)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
