"""A FastAPI LMS: completing a lesson tells the company, and a settings page says where.

    export LESSONHOOK_REDIS_URL=redis://127.0.0.1:6399/0 SCHOOL_BROKER_URL=redis://127.0.0.1:6399/1
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
    """Refuse who may not edit company settings; an LMS asks its own sessions and roles here."""
    if x_role != "admin":
        raise HTTPException(403)


# `def` and not `async def`: publishing waits for Redis, up to two seconds, and FastAPI gives such a function a thread.
@app.post("/companies/{company}/completions", status_code=202)
def complete(company: str, given: Given) -> dict[str, str]:
    """Take a completed lesson. Here the LMS would write it into its database first."""
    # What the path and the clock say comes last: a body can't speak for another company.
    given |= {"subscriber": company, "completed_at": datetime.now(UTC)}
    publication = send_completion.delay(CompletionEvent(**given))
    mail_certificate.delay(given["user"]["id"], given["lesson"]["id"])
    return {"event_id": publication.id, "outcome": publication.outcome}


@app.put("/companies/{company}/webhook", dependencies=[Depends(edits_company_settings)])
def save_webhook(company: str, given: Given) -> SubscriptionView:
    """Save where the company wants to be told; only for who may edit company settings."""
    subscriptions.put(Subscription(**{**given, "subscriber": company}))
    return show_webhook(company)


@app.get("/companies/{company}/webhook", dependencies=[Depends(edits_company_settings)])
def show_webhook(company: str) -> SubscriptionView:
    """Show what may be shown: of a credential, whether it is set."""
    view = subscriptions.get(company)
    if view is None:
        raise HTTPException(404)
    return view


@app.exception_handler(InvalidCompletion)
@app.exception_handler(InvalidSubscription)
def refuse(_request: Request, error: InvalidCompletion | InvalidSubscription) -> JSONResponse:
    """Answer the broken rule of each field, as a form shows it beside the field."""
    return JSONResponse({"errors": error.problems}, 422)


@app.exception_handler(PublishFailed)
def try_later(_request: Request, error: PublishFailed) -> JSONResponse:
    """Redis does not answer: the same request may come again, it sends nothing twice if `completed_at` is the same."""
    return JSONResponse({"error": str(error)}, 503)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]))
