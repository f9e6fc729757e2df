"""The page behind links alone, as a WSGI application: for an e-mail, a support person, an LMS without a mounting.

The token stands in the link's fragment, which a browser sends to no server, so no log and no `Referer` has it. A person
presses a button, which exchanges it for a cookie by POST; what only looks at links in e-mails uses none up.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from werkzeug import Request, Response

from lessonhook.desk import LedgerUnavailable
from lessonhook.page.exchange import PageResponse, root_of, split_address
from lessonhook.page.pull import is_open
from lessonhook.page.tokens import is_of_this_site
from lessonhook.page.wsgi import page_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from lessonhook.page.exchange import PageRequest
    from lessonhook.page.page import SettingsPage

_COOKIE: Final = "lessonhook_page"
#: Where a link leads.
_ENTER: Final = "enter"
#: How long a person who has used a link can go on, by default.
SESSION_SECONDS: Final = 3_600


class LinkedPage:
    """A WSGI application that shows the page to who comes by a link of `SettingsPage.link`.

    Serve it behind TLS. A person who used a link sees the page for `session_seconds`.
    """

    def __init__(self, page: "SettingsPage", *, session_seconds: int = SESSION_SECONDS) -> None:
        self._page = page
        self._session_seconds = session_seconds

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Respond to one request."""
        request = Request(environ)
        asked = page_request(request)
        response = self._enter(asked) if asked.path == _ENTER else _sent(self._respond(asked, request))
        return response(environ, start_response)

    def _respond(self, asked: "PageRequest", request: Request) -> PageResponse:
        viewer = self._page.links.viewer(request.cookies.get(_cookie_name(root_of(asked.root)), ""))
        if viewer is None and not is_open(asked.path):
            return self._page.outside(asked, "link_ended", status=HTTPStatus.FORBIDDEN)
        return self._page.respond(asked, viewer)

    def _enter(self, asked: "PageRequest") -> Response:
        if asked.method != "POST":
            return _sent(self._page.outside(asked, "enter"))
        # Another site must not bring somebody in by a link of its own choice.
        found = self._page.links.read(_token(asked)) if is_of_this_site(asked) else None
        try:
            is_valid = found is not None and self._page.use_link(found[0].subscriber, found[1])
        except LedgerUnavailable:
            return _sent(self._page.outside(asked, "link_wait", status=HTTPStatus.SERVICE_UNAVAILABLE))
        if found is None or not is_valid:
            return _sent(self._page.outside(asked, "link_ended", status=HTTPStatus.FORBIDDEN))
        viewer, link_id = found
        root = root_of(asked.root)
        response = Response(status=HTTPStatus.SEE_OTHER, headers={"Location": root, "Cache-Control": "no-store"})
        response.set_cookie(
            _cookie_name(root),
            self._page.links.cookie(viewer, link_id, for_seconds=self._session_seconds),
            max_age=self._session_seconds,
            path=root,
            secure=True,
            httponly=True,
            samesite="Strict",
        )
        return response


def _cookie_name(root: str) -> str:
    """Return a name that a browser takes only from this host and by TLS: no neighbour can bring somebody in."""
    return f"{'__Host-' if root == '/' else '__Secure-'}{_COOKIE}"


def _token(asked: "PageRequest") -> str:
    """Return the token, also of somebody who pasted the whole link."""
    written = asked.value("code").strip()
    return split_address(written).fragment or written


def _sent(responded: PageResponse) -> Response:
    return Response(responded.body, responded.status, responded.headers, content_type=responded.content_type)
