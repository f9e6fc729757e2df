"""A Django LMS in one file: a completion is sent with its transaction; a settings page; a management command.

    export LESSONHOOK_REDIS_URL="$(cat var/valkey/url)"                # the server of `make run`
    export SCHOOL_BROKER_URL="${LESSONHOOK_REDIS_URL%0}1"
    python examples/django_lms.py migrate --run-syncdb
    python examples/django_lms.py createsuperuser
    python examples/django_lms.py shell -c 'Company.objects.create(name="acme")'
    python examples/django_lms.py runserver --noreload 8000       # then /companies/acme/webhook
    python examples/django_lms.py shell -c 'from __main__ import record; record(Completion(
        company_id="acme", user_id="17", user_name="Ada", lesson_id="7", title="Fire Safety"))'
    python examples/django_lms.py send_completions --since 2026-03-01T00:00:00+00:00

In a project of many files each part is in its usual place. The parts to copy are `record`, `edit_webhook` and
`SendCompletions`.
"""

import os
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

import django
from celery import Celery
from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError, execute_from_command_line
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from lessonhook.producer import (
    CompletionEvent,
    InvalidCompletion,
    InvalidSubscription,
    Lesson,
    PublishFailed,
    Subscription,
    User,
    send_completion,
    subscriptions,
)

_TEMPLATES = {
    "registration/login.html": "<form method=post>{% csrf_token %}{{ form }}<button>Log in</button></form>",
    "webhook.html": """
        <form method=post>{% csrf_token %}
        <p><label>Callback URL <input name=callback_url size=60 value="{{ callback_url }}"></label>
          {{ errors.callback_url }}
        <p><label>Authorization <input name=authorization type=password autocomplete=off></label>
          {{ errors.authorization }}
        {% if view.authorization_set %}
        <p><label><input name=keep_authorization type=checkbox checked> One is set: keep it</label>
        {% endif %}
        <p><button>Save</button></form>""",
}
settings.configure(
    DEBUG=True,
    SECRET_KEY=os.environ.get("LMS_SECRET_KEY", "of this example alone"),
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("LMS_DATABASE", "lms.sqlite3")}
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        f"{__name__}.LmsConfig",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", _TEMPLATES)]},
        }
    ],
    CELERY_BROKER_URL=os.environ["SCHOOL_BROKER_URL"],
    CELERY_TASK_IGNORE_RESULT=True,
)


class LmsConfig(AppConfig):
    """The application of this file."""

    name = __name__
    label = "lms"
    path = str(Path(__file__).parent)

    def import_models(self) -> None:
        """Register the models, which are further down; in a project Django finds them in models.py."""
        super().import_models()
        self.models_module = sys.modules[__name__]


django.setup()
# The LMS's own Celery application, on its own broker: it stays the current one.
school = Celery("school")
school.config_from_object(settings, namespace="CELERY")


class Company(models.Model):
    """A customer. Users with the permission `lms.change_company` edit its settings."""

    name = models.SlugField(primary_key=True)

    def __str__(self) -> str:
        return str(self.name)


class Completion(models.Model):
    """A completed lesson, as the LMS stores it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    user_id = models.CharField(max_length=50)
    user_name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    lesson_id = models.CharField(max_length=50)
    title = models.CharField(max_length=200)
    #: None for a lesson without a score, which is not 0.
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    completed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.lesson_id}"

    def event(self) -> CompletionEvent:
        """Return the event to publish."""
        return CompletionEvent(
            subscriber=self.company_id,
            user=User(id=self.user_id, name=self.user_name, email=self.email),
            lesson=Lesson(id=self.lesson_id, title=self.title),
            score_percent=self.score,
            completed_at=self.completed_at,
        )


@school.task(name="school.mail_certificate")
def mail_certificate(completion_id: int) -> None:
    """Stand for what the LMS does in tasks of its own."""


def record(completion: Completion) -> str:
    """Write a completion and publish it when it is committed; return the event's id."""
    with transaction.atomic():
        completion.save()
        # A wrong completion raises here, and nothing is written; after the commit nothing is raised any more.
        event_id = send_completion.delay_on_commit(completion.event())
        # Robust as well: where the LMS's own broker is down, the company is told all the same.
        transaction.on_commit(lambda: mail_certificate.delay(completion.pk), robust=True)
    return event_id


@require_POST
@login_required
def complete(request: HttpRequest, company: str) -> HttpResponse:
    """Record a completed lesson from the page that the learner sees."""
    fields = ("user_id", "user_name", "email", "lesson_id", "title", "score")
    given = {name: request.POST[name] for name in fields if request.POST.get(name)}
    completion = Completion(company=get_object_or_404(Company, pk=company), **given)
    try:
        completion.full_clean()
        return JsonResponse({"event_id": record(completion)}, status=202)
    except ValidationError as problem:
        return JsonResponse({"errors": problem.message_dict}, status=422)
    except InvalidCompletion as problem:
        return JsonResponse({"errors": problem.problems}, status=422)


@login_required
@permission_required("lms.change_company", raise_exception=True)
def edit_webhook(request: HttpRequest, company: str) -> HttpResponse:
    """Show and save a company's callback URL; 403 for users who may not edit company settings."""
    get_object_or_404(Company, pk=company)
    try:
        view = subscriptions.get(company)
        page: dict[str, Any] = {"view": view, "callback_url": view.callback_url if view else "", "errors": {}}
        if request.method != "POST":
            return render(request, "webhook.html", page)
        # Not stripped: both are sent exactly as they were written.
        page["callback_url"] = request.POST.get("callback_url", "")
        authorization = request.POST.get("authorization", "")
        if view and request.POST.get("keep_authorization") and not authorization:
            subscriptions.change(company, callback_url=page["callback_url"], by=request.user.get_username())
        else:
            subscriptions.put(
                Subscription(subscriber=company, callback_url=page["callback_url"], authorization=authorization),
                by=request.user.get_username(),
            )
    except InvalidSubscription as problem:
        return render(request, "webhook.html", page | {"errors": problem.problems}, status=422)
    except PublishFailed as problem:
        return HttpResponse(str(problem), status=503)
    return redirect(request.path)


class SendCompletions(BaseCommand):
    """Publish again what was completed since a moment; a completion that is known is a duplicate and is not sent."""

    help = "Send completions again, after an outage of Redis or a restored database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--since`."""
        parser.add_argument("--since", required=True, help="ISO 8601 with an offset: 2026-03-01T00:00:00+00:00")

    def handle(self, *_: Any, since: str, **__: Any) -> None:
        """Publish each and print the result; a refused one does not stop the others."""
        refused = 0
        for completion in Completion.objects.filter(completed_at__gte=_moment(since)).iterator():
            try:
                publication = send_completion.delay(completion.event())
            except InvalidCompletion as problem:
                self.stderr.write(f"refused {completion.pk}: {problem}")
                refused += 1
            except PublishFailed as problem:
                raise CommandError(f"{problem} (run this again)") from None
            else:
                self.stdout.write(f"{publication.recorded} {publication.id}")
        if refused:
            raise CommandError(f"{refused} refused")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CommandError("--since takes ISO 8601 with an offset, such as 2026-03-01T00:00:00+00:00")
    return moment


urlpatterns = [
    path("companies/<slug:company>/completions", complete),
    path("companies/<slug:company>/webhook", edit_webhook),
    path("accounts/", include("django.contrib.auth.urls")),
]

if __name__ == "__main__":
    if sys.argv[1:2] == ["send_completions"]:
        # In a project: management/commands/send_completions.py, found by its name.
        SendCompletions().run_from_argv(sys.argv)
    else:
        execute_from_command_line(sys.argv)
