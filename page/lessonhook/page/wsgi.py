"""The page as a WSGI application, for a framework without a mounting of its own and for a server alone."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.exceptions import RequestEntityTooLarge

from lessonhook.page.exchange import FORM_MAX_BYTES, PageRequest
from lessonhook.page.pull import is_open

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from lessonhook.page.page import SettingsPage
    from lessonhook.page.viewer import Viewer

#: Returns who sends a request, None for nobody, or a response in place of the page, such as a redirect to a login.
Who = Callable[[Request], "Viewer | Response | None"]


class WsgiPage:
    """A WSGI application, to be mounted under a path, for instance by Werkzeug's `DispatcherMiddleware`."""

    def __init__(self, page: "SettingsPage", who: Who) -> None:
        self._page = page
        self._who = who

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond to one request."""
        request = Request(environ)
        asked = page_request(request)
        viewer = None if is_open(asked.path) else self._who(request)
        if isinstance(viewer, Response):
            return viewer(environ, start_response)
        responded = self._page.respond(asked, viewer)
        response = Response(responded.body, responded.status, responded.headers, content_type=responded.content_type)
        return response(environ, start_response)


def page_request(request: Request, path: str | None = None) -> PageRequest:
    """Return what the page needs of a request of Werkzeug or Flask; `path` is the part behind the mounting."""
    behind = request.path.lstrip("/") if path is None else path
    whole = f"{request.root_path}{request.path}"
    return PageRequest(
        method=request.method,
        path=behind,
        root=whole[: len(whole) - len(behind)],
        query=request.args.to_dict(),
        form=_form(request),
        host=request.host,
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def _form(request: Request) -> dict[str, list[str]]:
    """Read the form; one that is too long, or not a form, has no fields and so no token."""
    request.max_content_length = FORM_MAX_BYTES
    if request.mimetype != "application/x-www-form-urlencoded":
        return {}
    try:
        return request.form.to_dict(flat=False)
    except RequestEntityTooLarge:
        return {}
