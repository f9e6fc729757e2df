"""A FastAPI LMS: a completed lesson is sent to the company, to the callback URL that its settings page saves.

    export LESSONHOOK_REDIS_URL="$(cat var/valkey/url)"                # the server of `make run`
    export SCHOOL_BROKER_URL="${LESSONHOOK_REDIS_URL%0}1"
    python examples/fastapi_lms.py 8000

Then, as the company's administrator and as the page on which a lesson ends:

    curl localhost:8000/companies/acme/webhook -X PUT -H 'X-Role: admin' --json '{"callback_url": "https://a.example"}'
    curl localhost:8000/companies/acme/completions --json '{
      "user": {"id": 17, "name": "Ada", "email": "ada@acme.example"}, "lesson": {"id": 7, "title": "Fire Safety"}}'
"""

import os
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import uvicorn
from celery import Celery
from fastapi import Body, Depends, FastAPI, Header, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from lessonhook.producer import (
    CompletionEvent,
    InvalidCompletion,
    InvalidSubscription,
    PublishFailed,
    Subscription,
    SubscriptionView,
    send_completion,
    subscriptions,
)

app = FastAPI()
# The LMS's own Celery application, on its own broker: it stays the current one.
school = Celery("school", broker=os.environ["SCHOOL_BROKER_URL"])
Given = Annotated[dict[str, Any], Body()]


@school.task(name="school.mail_certificate", ignore_result=True)
def mail_certificate(user_id: str, lesson_id: str) -> None:
    """Stand for what the LMS does in tasks of its own."""


def edits_company_settings(x_role: Annotated[str, Header()] = "") -> None:
    """Refuse users who may not edit company settings; an LMS checks its own sessions and roles here."""
    if x_role != "admin":
        raise HTTPException(403)


@app.post("/companies/{company}/completions", status_code=202)
async def complete(company: str, given: Given) -> dict[str, str]:
    """Publish a completed lesson. Here the LMS would write it into its database first."""
    # The path and the clock come last, so that a body cannot name another company.
    given |= {"subscriber": company, "completed_at": datetime.now(UTC)}
    publication = await send_completion.adelay(CompletionEvent(**given))
    # Celery's own `delay` would block the event loop, so it gets a thread.
    await run_in_threadpool(mail_certificate.delay, given["user"]["id"], given["lesson"]["id"])
    return {"event_id": publication.id, "recorded": publication.recorded}


# `def` and not `async def`: a subscription waits for Redis, and FastAPI gives such a function a thread.
@app.put("/companies/{company}/webhook", dependencies=[Depends(edits_company_settings)])
def save_webhook(company: str, given: Given) -> SubscriptionView:
    """Save the company's callback URL; only for users who may edit company settings."""
    subscriptions.put(Subscription(**{**given, "subscriber": company}))
    return show_webhook(company)


@app.get("/companies/{company}/webhook", dependencies=[Depends(edits_company_settings)])
def show_webhook(company: str) -> SubscriptionView:
    """Return the subscription; of a credential only whether it is set."""
    view = subscriptions.get(company)
    if view is None:
        raise HTTPException(404)
    return view


@app.exception_handler(InvalidCompletion)
@app.exception_handler(InvalidSubscription)
def refuse(_request: Request, error: InvalidCompletion | InvalidSubscription) -> JSONResponse:
    """Return the broken rule of each field, as a form shows it beside the field."""
    return JSONResponse({"errors": error.problems}, 422)


@app.exception_handler(PublishFailed)
def try_later(_request: Request, error: PublishFailed) -> JSONResponse:
    """Return 503, because Redis does not reply.

    The client may repeat the request: with the same `completed_at` nothing is sent twice.
    """
    return JSONResponse({"error": str(error)}, 503)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))
