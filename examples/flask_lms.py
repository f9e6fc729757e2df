"""A Flask LMS: a completed lesson is sent to the company, to the callback URL that its settings page saves.

    export LESSONHOOK_REDIS_URL="$(cat var/valkey/url)"                # the server of `make run`
    export SCHOOL_BROKER_URL="${LESSONHOOK_REDIS_URL%0}1"
    flask --app examples/flask_lms.py run --port 8000

Then, as the company's administrator and as the page on which a lesson ends:

    curl localhost:8000/companies/acme/webhook -X PUT -H 'X-Role: admin' --json '{"callback_url": "https://a.example"}'
    curl localhost:8000/companies/acme/completions --json '{
      "user": {"id": 17, "name": "Ada", "email": "ada@acme.example"}, "lesson": {"id": 7, "title": "Fire Safety"}}'
"""

import os
from datetime import UTC, datetime
from typing import Any

from celery import Celery
from flask import Flask, abort, request

from lessonhook.producer import (
    CompletionEvent,
    InvalidCompletion,
    InvalidSubscription,
    PublishFailed,
    Subscription,
    send_completion,
    subscriptions,
)

Response = tuple[dict[str, Any], int]

app = Flask(__name__)
# The LMS's own Celery application, on its own broker: it stays the current one.
school = Celery("school", broker=os.environ["SCHOOL_BROKER_URL"])


@school.task(name="school.mail_certificate", ignore_result=True)
def mail_certificate(user_id: str, lesson_id: str) -> None:
    """Stand for what the LMS does in tasks of its own."""


@app.post("/companies/<company>/completions")
def complete(company: str) -> Response:
    """Publish a completed lesson. Here the LMS would write it into its database first."""
    # The path and the clock come last, so that a body cannot name another company.
    given = {**request.get_json(), "subscriber": company, "completed_at": datetime.now(UTC)}
    publication = send_completion.delay(CompletionEvent(**given))
    mail_certificate.delay(given["user"]["id"], given["lesson"]["id"])
    return {"event_id": publication.id, "recorded": publication.recorded}, 202


@app.put("/companies/<company>/webhook")
def save_webhook(company: str) -> Response:
    """Save the company's callback URL; only for users who may edit company settings."""
    _must_edit_company_settings()
    subscriptions.put(Subscription(**{**request.get_json(), "subscriber": company}))
    return show_webhook(company)


@app.get("/companies/<company>/webhook")
def show_webhook(company: str) -> Response:
    """Return the subscription; of a credential only whether it is set."""
    _must_edit_company_settings()
    view = subscriptions.get(company)
    return (view.model_dump(), 200) if view else ({"error": "there is no subscription"}, 404)


def _must_edit_company_settings() -> None:
    # An LMS asks its own sessions and roles here.
    if request.headers.get("X-Role") != "admin":
        abort(403)


@app.errorhandler(InvalidCompletion)
@app.errorhandler(InvalidSubscription)
def refuse(error: InvalidCompletion | InvalidSubscription) -> Response:
    """Return the broken rule of each field, as a form shows it beside the field."""
    return {"errors": error.problems}, 422


@app.errorhandler(PublishFailed)
def try_later(error: PublishFailed) -> Response:
    """Return 503, because Redis does not reply.

    The client may repeat the request: with the same `completed_at` nothing is sent twice.
    """
    return {"error": str(error)}, 503
