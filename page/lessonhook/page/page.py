"""The page: who may see what, which view or act a request is for, and the headers of every response."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from lessonhook.config import LessonhookError
from lessonhook.desk import (
    Desk,
    InvalidCursor,
    InvalidSelection,
    LedgerUnavailable,
    NoSigningSecret,
    NotFound,
    NothingIsPosted,
    TooManyPosts,
    UnsendableEvent,
)
from lessonhook.page.acts import Acts
from lessonhook.page.drawing import Drawing
from lessonhook.page.exchange import PageResponse
from lessonhook.page.link_tokens import LinkTokens
from lessonhook.page.offer import Offer
from lessonhook.page.pull import PULL_PATH, fetched
from lessonhook.page.tokens import FormTokens
from lessonhook.page.translation import first_accepted, translation_of
from lessonhook.page.viewer import Viewer
from lessonhook.page.views import Views
from lessonhook.page.visit import Visit
from lessonhook.producer import PublishFailed

if TYPE_CHECKING:
    from lessonhook.page.exchange import PageRequest

# Not structlog: this runs in the LMS's process, whose logging lessonhook does not configure.
_log = logging.getLogger(__name__)
#: As long as a random key in hexadecimal digits of 128 bits.
_SHORTEST_KEY: Final = 32
#: A week: as long as somebody may be away who is sent a link.
_LONGEST_LINK_SECONDS: Final = 604_800
_STATIC: Final = {
    "static/page.css": "text/css; charset=utf-8",
    "static/page.js": "text/javascript; charset=utf-8",
    "static/enter.js": "text/javascript; charset=utf-8",
}
_View = Callable[["PageRequest"], PageResponse]
_STATUS: Final = {
    NotFound: HTTPStatus.NOT_FOUND,
    NoSigningSecret: HTTPStatus.NOT_FOUND,
    InvalidCursor: HTTPStatus.NOT_FOUND,
    InvalidSelection: HTTPStatus.NOT_FOUND,
    UnsendableEvent: HTTPStatus.CONFLICT,
    NothingIsPosted: HTTPStatus.CONFLICT,
    TooManyPosts: HTTPStatus.TOO_MANY_REQUESTS,
    LedgerUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    PublishFailed: HTTPStatus.SERVICE_UNAVAILABLE,
}


class SettingsPage:
    """One page for all subscribers of an LMS. Threads may share it.

    `key` signs the forms: a secret of the LMS, at least 32 characters. Without a `desk` it works by the environment's
    settings. With `resume_on_save`, an accepted try after a save sends what waits at once.
    With `insist`, nothing is sent after a save until a try of it was accepted.
    With `notices` customers say who is told of a failure by e-mail, without it they may not; by default they may if the
    settings of this process name a way out for such mails.
    `framed_by` are the origins whose pages may show this one in a frame; by default none may.
    """

    def __init__(
        self,
        *,
        key: str,
        desk: Desk | None = None,
        resume_on_save: bool = False,
        insist: bool = False,
        notices: bool | None = None,
        framed_by: Sequence[str] = (),
    ) -> None:
        if len(key) < _SHORTEST_KEY:
            raise ValueError(f"the key must have at least {_SHORTEST_KEY} characters")
        self._desk = desk or Desk()
        self._tokens = FormTokens(key)
        self.links = LinkTokens(key)
        self._resume_on_save = resume_on_save
        self._insist = insist
        self._notices = notices
        self._frame_ancestors = " ".join(framed_by) or "'none'"

    def respond(
        self, request: "PageRequest", viewer: "Viewer | None", *, hidden: str = "", framed: bool = False
    ) -> PageResponse:
        """Return the response to a request of a viewer, or of nobody.

        `hidden` is HTML that each form must have, such as the token of the LMS's own framework. If the LMS frames the
        page (`framed`), a response with a title is the part for that frame, else a whole document.
        """
        if request.path in _STATIC:
            response = _static(request.path)
        elif request.path == PULL_PATH:
            response = fetched(self._desk, request)
        else:
            language = viewer.language if viewer else ""
            t = translation_of(language or first_accepted(request.headers.get("accept-language", "")))
            token = self._tokens.make(viewer) if viewer else ""
            drawing = Drawing(request, viewer, t, token, hidden)
            response = self._shown_to(viewer, request, drawing) if viewer else drawing.problem(HTTPStatus.FORBIDDEN)
            if response.title and not framed:
                response = replace(response, body=drawing.alone(response))
        return replace(response, headers={**self._headers(framed=framed), **response.headers})

    def link(
        self,
        subscriber: str,
        *,
        may_edit: bool = False,
        may_see_bodies: bool = False,
        for_seconds: int = 300,
        name: str = "a link",
        language: str = "",
    ) -> str:
        """Return an address that shows the page of `subscriber` to who opens it first, within `for_seconds`.

        `lessonhook page` must run at the address that LESSONHOOK_PAGE_URL says, with this page's key. `for_seconds` is
        1 to 604,800 (a week). `name` is who acts, for the audit. Raises `ValueError`, and `LedgerUnavailable` if Redis
        does not reply. The address is a credential: do not log it.
        """
        if not 1 <= for_seconds <= _LONGEST_LINK_SECONDS:
            raise ValueError(f"for_seconds must be 1 to {_LONGEST_LINK_SECONDS}")
        viewer = Viewer(
            subscriber=subscriber,
            name=name,
            may_edit=may_edit,
            may_see_bodies=may_see_bodies,
            language=language,
        )
        token, link_id = self.links.make(viewer, for_seconds=for_seconds)
        self._desk.of(subscriber).keep_link(link_id, for_seconds=for_seconds)
        return f"{self._desk.settings.page_url}enter#{token}"

    def use_link(self, subscriber: str, link_id: str) -> bool:
        """Use a link up. Return False if it was used before or has ended."""
        return self._desk.of(subscriber).use_link(link_id)

    @property
    def home_url(self) -> str | None:
        """The LMS's own address, for who has no valid link."""
        return self._desk.settings.page_home_url

    def outside(
        self, request: "PageRequest", template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: object
    ) -> PageResponse:
        """Return a whole document that is shown to somebody who is no viewer yet."""
        t = translation_of(first_accepted(request.headers.get("accept-language", "")))
        drawing = Drawing(request, None, t, "", "")
        response = drawing.page(template, status=status, home_url=self.home_url, **values)
        return replace(response, body=drawing.alone(response), headers=self._headers(framed=False))

    def _shown_to(self, viewer: "Viewer", request: "PageRequest", drawing: Drawing) -> PageResponse:
        offer = Offer.of(self._desk.settings, notices=self._notices)
        visit = Visit(self._desk.of(viewer.subscriber), viewer, drawing.translation, drawing, offer)
        by_path: dict[str, _View]
        if request.method == "POST":
            acts = Acts(visit, resume_on_save=self._resume_on_save, insist=self._insist)
            by_path = acts.by_path()
        else:
            by_path = Views(visit).by_path()
        if problem := self._obstacle(viewer, request, by_path):
            return drawing.problem(problem)
        try:
            return by_path[request.path](request)
        except LessonhookError as error:
            status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), None)
            if status is None:
                raise
            if status == HTTPStatus.SERVICE_UNAVAILABLE:
                # The page tells a customer no more than that; who runs the LMS reads the reason here.
                _log.warning("page.unavailable subscriber=%s: %s", viewer.subscriber, error)
            return drawing.problem(status)

    def _obstacle(self, viewer: "Viewer", request: "PageRequest", by_path: "dict[str, _View]") -> HTTPStatus | None:
        if request.method not in {"GET", "HEAD", "POST"}:
            return HTTPStatus.METHOD_NOT_ALLOWED
        if request.path not in by_path:
            return HTTPStatus.NOT_FOUND
        if request.method == "POST" and not viewer.may_edit:
            return HTTPStatus.FORBIDDEN
        if request.method == "POST" and not self._tokens.accepts(request, viewer):
            return HTTPStatus.CONFLICT
        return None

    def _headers(self, *, framed: bool) -> dict[str, str]:
        """Return the headers of every response. What the LMS's own frame may load, the LMS decides."""
        own = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
        own += "base-uri 'none'; "
        return {
            "Content-Security-Policy": f"{'' if framed else own}frame-ancestors {self._frame_ancestors}",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
        }


def _static(path: str) -> PageResponse:
    name = path.partition("/")[2]
    content = files("lessonhook.page").joinpath("static", name).read_text(encoding="utf-8")
    return PageResponse(content_type=_STATIC[path], body=content, headers={"Cache-Control": "max-age=3600"})
