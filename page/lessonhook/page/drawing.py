"""Draws the templates for one request."""

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lessonhook.page.exchange import PageResponse, root_of
from lessonhook.page.tokens import FIELD
from lessonhook.page.wording import text

if TYPE_CHECKING:
    from lessonhook.page.exchange import PageRequest
    from lessonhook.page.translation import Translation
    from lessonhook.page.viewer import Viewer

_PROBLEMS: Final = {
    HTTPStatus.FORBIDDEN: text("You may not do this here. Ask the administrator of your learning platform."),
    HTTPStatus.NOT_FOUND: text("This is not here, or no longer."),
    HTTPStatus.METHOD_NOT_ALLOWED: text("This is not here, or no longer."),
    HTTPStatus.CONFLICT: text("Nothing was done, because the page was out of date. Look at it again and repeat it."),
    HTTPStatus.TOO_MANY_REQUESTS: text("That was tried too often. Wait a minute."),
    HTTPStatus.SERVICE_UNAVAILABLE: text("The service does not respond at this moment. Try again."),
}


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("lessonhook.page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


class Drawing:
    """The templates, with what all of them use."""

    def __init__(
        self, request: "PageRequest", viewer: "Viewer | None", t: "Translation", token: str, hidden: str
    ) -> None:
        self._root = root_of(request.root)
        self.translation = t
        self._shared: dict[str, Any] = {
            "_": t.gettext,
            "t": t,
            "url": self.url,
            "viewer": viewer,
            "token_field": FIELD,
            "token": token,
            # The framework's own field, made by the framework.
            "hidden": Markup(hidden),  # noqa: S704 - see above
        }

    def url(self, path: str = "", **query: str | None) -> str:
        """Return the URL of a page of ours; a parameter that is None or empty is left out."""
        given = {name: value for name, value in query.items() if value}
        return f"{self._root}{path}{'?' if given else ''}{urlencode(given)}"

    def page(self, template: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> PageResponse:
        """Return a whole page."""
        title = self.translation.gettext(text("Reporting webhook"))
        return PageResponse(status=status, title=title, body=self.part(template, **values))

    def part(self, template: str, **values: Any) -> str:
        """Return the HTML of a template."""
        return _environment().get_template(f"{template}.html").render({**self._shared, **values})

    def alone(self, response: PageResponse) -> str:
        """Return a whole document with a page in it, for a page that no LMS frames."""
        # The body was drawn by a template, which escaped what it was given.
        return self.part("alone", title=response.title, body=Markup(response.body))  # noqa: S704 - see above

    def problem(self, status: HTTPStatus) -> PageResponse:
        """Return a page that says in one sentence what is wrong."""
        return self.page("problem", status=status, words=self.translation.gettext(_PROBLEMS[status]))
