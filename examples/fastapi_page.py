"""The customer's page in a FastAPI LMS, in one file.

    export LESSONHOOK_REDIS_URL="$(cat var/valkey/url)"                # the server of `make run`
    uvicorn --app-dir examples fastapi_page:app --port 8000

Then log in at localhost:8000 as a company's administrator. The parts to copy are `who` and the line below it.
"""

import os

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

from lessonhook.page import SettingsPage, Viewer
from lessonhook.page.asgi import asgi_page

KEY = os.environ.get("LMS_SECRET_KEY", "of this example alone, and 32 long")
app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=KEY)
page = SettingsPage(key=KEY)


async def who(request: Request) -> Viewer | None:
    """Return who asks, from the session of the LMS's own login."""
    company = request.session.get("company")
    if company is None:
        return None
    return Viewer(subscriber=company, name=f"admin@{company}", may_edit=True, may_see_bodies=True)


app.mount("/webhook", asgi_page(page, who))


@app.get("/")
def home() -> HTMLResponse:
    """Stand for the LMS's own login."""
    form = '<form method="post" action="/login/acme"><button>Log in as the administrator of acme</button></form>'
    return HTMLResponse(form)


@app.post("/login/{company}")
def log_in(company: str, request: Request) -> RedirectResponse:
    """Log in without a password, as no LMS would."""
    request.session["company"] = company
    return RedirectResponse("/webhook/", status_code=303)
