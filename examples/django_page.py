"""The customer's page in a Django LMS, in one file, inside of the LMS's base template.

    export LESSONHOOK_REDIS_URL="$(cat var/valkey/url)"                # the server of `make run`
    python examples/django_page.py runserver --noreload 8000

Then log in at localhost:8000 as a company's administrator. The parts to copy are `who` and the path of the page.
"""

import os
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import include, path
from django.views.decorators.http import require_POST

from lessonhook.page import SettingsPage, Viewer
from lessonhook.page.django import urls

_BASE = """<!doctype html><html lang="en"><head><title>{% block title %}School{% endblock %}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><header>The school</header><main>{% block content %}{% endblock %}</main></body></html>"""
settings.configure(
    DEBUG=True,
    SECRET_KEY=os.environ.get("LMS_SECRET_KEY", "of this example alone, and 32 long"),
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    USE_TZ=True,
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"base.html": _BASE})]},
        }
    ],
)
django.setup()
page = SettingsPage(key=settings.SECRET_KEY)


def who(request: HttpRequest) -> Viewer | None:
    """Return who asks, from the session of the LMS's own login."""
    company = request.session.get("company")
    if company is None:
        return None
    return Viewer(subscriber=company, name=f"admin@{company}", may_edit=True, may_see_bodies=True)


def home(request: HttpRequest) -> HttpResponse:
    """Stand for the LMS's own login."""
    token = f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
    button = "<button>Log in as the administrator of acme</button>"
    return HttpResponse(f'<form method="post" action="/login/acme">{token}{button}</form>')


@require_POST
def log_in(request: HttpRequest, company: str) -> HttpResponse:
    """Log in without a password, as no LMS would."""
    request.session["company"] = company
    return redirect("/webhook/")


urlpatterns = [
    path("", home),
    path("login/<slug:company>", log_in),
    path("webhook/", include(urls(page, who, base="base.html"))),
]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
