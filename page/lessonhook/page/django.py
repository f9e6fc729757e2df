"""The page in a Django project: `path("webhook/", include(urls(page, who, base="base.html")))`."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.template import engines
from django.urls import re_path
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_protect

from lessonhook.page.exchange import PageRequest
from lessonhook.page.pull import is_open

if TYPE_CHECKING:
    from collections.abc import Callable

    from lessonhook.page.page import SettingsPage
    from lessonhook.page.viewer import Viewer


def urls(
    page: "SettingsPage",
    who: "Callable[[HttpRequest], Viewer | HttpResponseBase | None]",
    *,
    base: str | None = None,
    block: str = "content",
) -> list[Any]:
    """Return URL patterns for `include`, under a path that ends with a slash.

    `who` gets Django's request and returns who sends it. None is the project's own 403; a response, such as that of
    `redirect_to_login`, is sent as it is.
    `base` is a template of the project with the blocks `title` and `block`, in which the page is shown. Django's own
    token is in each form and checked, with or without its middleware. The page is in Django's current language, unless
    the viewer names another one.
    """

    # The page's own header says who may frame it.
    @xframe_options_exempt
    @csrf_protect
    def view(request: HttpRequest, path: str) -> HttpResponseBase:
        viewer = None if is_open(path) else who(request)
        if isinstance(viewer, HttpResponseBase):
            return viewer
        if viewer is None and not is_open(path):
            raise PermissionDenied
        if viewer is not None and not viewer.language:
            viewer = replace(viewer, language=get_language() or "")
        hidden = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request))
        responded = page.respond(_page_request(request, path), viewer, hidden=hidden, framed=base is not None)
        body = responded.body
        if responded.title and base is not None:
            body = _framed(request, base, block, responded.title, body)
        return HttpResponse(
            body, status=responded.status, content_type=responded.content_type, headers=dict(responded.headers)
        )

    return [re_path(r"^(?P<path>.*)$", view, name="lessonhook")]


def _page_request(request: HttpRequest, path: str) -> PageRequest:
    return PageRequest(
        method=request.method,
        path=path,
        root=request.path[: len(request.path) - len(path)],
        query=request.GET.dict(),
        form=dict(request.POST.lists()),
        host=request.get_host(),
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def _framed(request: HttpRequest, base: str, block: str, title: str, html: str) -> str:
    template = engines["django"].from_string(
        "{% extends base %}{% block title %}{{ title }}{% endblock %}{% block " + block + " %}{{ html }}{% endblock %}"
    )
    # Drawn by a template that escaped what it was given.
    shown = mark_safe(html)  # noqa: S308 - see above
    return str(template.render({"base": base, "title": title, "html": shown}, request))
