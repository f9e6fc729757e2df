"""The page in a Flask application: `app.register_blueprint(blueprint(page, who), url_prefix="/webhook")`."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, Request, Response, abort, current_app, render_template_string, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as BaseResponse

from lessonhook.page.pull import is_open
from lessonhook.page.wsgi import page_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from lessonhook.page.page import SettingsPage
    from lessonhook.page.viewer import Viewer

_FRAMED = "{% extends base %}{% block title %}{{ title }}{% endblock %}{% block content %}{{ html }}{% endblock %}"


def blueprint(
    page: "SettingsPage", who: "Callable[[Request], Viewer | BaseResponse | None]", *, base: str | None = None
) -> Blueprint:
    """Return a blueprint with the page.

    `who` gets Flask's request and returns who sends it. None is a 403 of the application's own; a response, such as
    `redirect(url_for("login"))`, is sent as it is.
    `base` is a template of the application with the blocks `title` and `content`, in which the page is shown.
    The token of Flask-WTF is in each form, if the application uses it.
    """
    made = Blueprint("lessonhook", __name__)

    def respond(path: str = "") -> BaseResponse:
        viewer = None if is_open(path) else who(request)
        if isinstance(viewer, BaseResponse):
            return viewer
        if viewer is None and not is_open(path):
            abort(HTTPStatus.FORBIDDEN)
        responded = page.respond(page_request(request, path), viewer, hidden=_token(), framed=base is not None)
        body = responded.body
        if responded.title and base is not None:
            # Drawn by a template that escaped what it was given.
            html = Markup(body)  # noqa: S704 - see above
            body = render_template_string(_FRAMED, base=base, title=responded.title, html=html)
        return Response(body, responded.status, responded.headers, content_type=responded.content_type)

    made.add_url_rule("/", "page", respond, methods=["GET", "POST"])
    made.add_url_rule("/<path:path>", "pages", respond, methods=["GET", "POST"])
    return made


def _token() -> str:
    make = current_app.jinja_env.globals.get("csrf_token")
    return f'<input type="hidden" name="csrf_token" value="{escape(make())}">' if callable(make) else ""
