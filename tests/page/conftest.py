"""The page in each of its mountings, on a real server, with two companies; a viewer is who a test says."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.urls import include, path
from flask import Flask
from playwright.sync_api import Browser
from starlette.applications import Starlette
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from lessonhook.desk import Desk
from lessonhook.page import SettingsPage, Viewer
from lessonhook.page.asgi import asgi_page
from lessonhook.page.django import urls
from lessonhook.page.flask import blueprint
from lessonhook.page.wsgi import WsgiPage
from lessonhook.producer import Producer
from tests.conftest import NewCustomer
from tests.page.asgi_client import as_wsgi
from tests.page.visitor import Visitor
from tests.support.lms.django_here import set_up_django
from tests.support.people.customer import Customer
from tests.support.processes.browser import running_browser

KEY = "of these tests alone, and 32 long"
MOUNTINGS = ("wsgi", "flask", "django", "asgi")
_BASE = "<title>{% block title %}{% endblock %}</title><h2>The school</h2>{% block content %}{% endblock %}"


class Mounting(Protocol):
    """Returns a WSGI application with the page under /webhook/, for viewers that a callable names."""

    def __call__(self, page: SettingsPage, who: Callable[[Any], Viewer | None]) -> Any: ...


def _django_app(page: SettingsPage, who: Callable[[Any], Viewer | None]) -> Any:
    set_up_django()
    templates = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"base.html": _BASE})]},
        }
    ]
    patterns = type("Urls", (), {"urlpatterns": [path("webhook/", include(urls(page, who, base="base.html")))]})
    django_settings.ROOT_URLCONF = patterns
    django_settings.SECRET_KEY = KEY
    django_settings.ALLOWED_HOSTS = ["localhost", "lms.example"]
    django_settings.TEMPLATES = templates
    return WSGIHandler()


def _flask_app(page: SettingsPage, who: Callable[[Any], Viewer | None]) -> Any:
    app = Flask(__name__)
    app.jinja_loader = None
    app.register_blueprint(blueprint(page, who), url_prefix="/webhook")
    return app


def _wsgi_app(page: SettingsPage, who: Callable[[Any], Viewer | None]) -> Any:
    nothing = Response(status=HTTPStatus.NOT_FOUND)
    return DispatcherMiddleware(nothing, {"/webhook": WsgiPage(page, who)})


def _asgi_app(page: SettingsPage, who: Callable[[Any], Viewer | None]) -> Any:
    app = Starlette()
    app.mount("/webhook", asgi_page(page, who))
    return as_wsgi(app)


_MAKERS: dict[str, Mounting] = {"wsgi": _wsgi_app, "flask": _flask_app, "django": _django_app, "asgi": _asgi_app}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a real browser."""
    with running_browser() as launched:
        yield launched


@pytest.fixture
def other(new_customer: NewCustomer) -> Customer:
    """Return another company of the same LMS."""
    return new_customer("other", authorization="Token secret-of-other")


@pytest.fixture
def desk(producer: Producer) -> Desk:
    """Return the desk of the test's server."""
    return Desk(producer)


@pytest.fixture
def page(desk: Desk) -> SettingsPage:
    """Return the page, as an LMS makes it."""
    return SettingsPage(key=KEY, desk=desk)


@pytest.fixture
def visit(page: SettingsPage) -> Callable[..., Visitor]:
    """Return what opens the page for a viewer, in a mounting: `visit(viewer, "django")`."""

    def open_for(viewer: Viewer | None, mounting: str = "wsgi") -> Visitor:
        return Visitor(Client(_MAKERS[mounting](page, lambda _: viewer)))

    return open_for


@pytest.fixture
def ada() -> Viewer:
    """Return who may do everything for acme."""
    return Viewer(subscriber="acme", name="ada@acme.example", may_edit=True, may_see_bodies=True, language="en")


__all__ = ["KEY", "MOUNTINGS", "TestResponse", "urlencode"]
