"""The customer's page in a Flask LMS, in one file.

    export LESSONHOOK_REDIS_URL="$(cat var/valkey/url)"                # the server of `make run`
    flask --app examples/flask_page.py run --port 8000

Then log in at localhost:8000 as a company's administrator. The parts to copy are `who` and the line below it.
"""

import os

from flask import Flask, Request, redirect, session
from werkzeug.wrappers import Response

from lessonhook.page import SettingsPage, Viewer
from lessonhook.page.flask import blueprint

app = Flask(__name__)
app.secret_key = os.environ.get("LMS_SECRET_KEY", "of this example alone, and 32 long")
page = SettingsPage(key=app.secret_key)


def who(_: Request) -> Viewer | None:
    """Return who asks, from the session of the LMS's own login."""
    company = session.get("company")
    if company is None:
        return None
    return Viewer(subscriber=company, name=f"admin@{company}", may_edit=True, may_see_bodies=True)


app.register_blueprint(blueprint(page, who), url_prefix="/webhook")


@app.get("/")
def home() -> str:
    """Stand for the LMS's own login."""
    return '<form method="post" action="/login/acme"><button>Log in as the administrator of acme</button></form>'


@app.post("/login/<company>")
def log_in(company: str) -> Response:
    """Log in without a password, as no LMS would."""
    session["company"] = company
    return redirect("/webhook/")
