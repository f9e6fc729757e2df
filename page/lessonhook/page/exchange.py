"""A request and a response in the form that all mountings share, so that the page knows no web framework."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

#: The largest form: the longest URL and Authorization value, percent-encoded, and a selection of events.
FORM_MAX_BYTES: Final = 100_000
_MOST_FIELDS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """What the page needs of a request."""

    method: str
    #: The path behind the place where the page is mounted, without the first slash: "", "event", "static/page.css".
    path: str
    #: The path of that place, with its last slash, such as "/settings/webhook/".
    root: str
    query: Mapping[str, str]
    form: Mapping[str, Sequence[str]]
    #: The host, with its port if the browser names one.
    host: str
    #: By their names in lower case.
    headers: Mapping[str, str]

    def value(self, name: str) -> str:
        """Return the first value of a field of the form, as it was written; "" if there is none."""
        return next(iter(self.form.get(name, ())), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResponse:
    """What a mounting sends, inside of the LMS's own frame if it has one."""

    status: HTTPStatus = HTTPStatus.OK
    content_type: str = "text/html; charset=utf-8"
    body: str = ""
    #: Of a page that goes into the LMS's own frame; "" for what is sent as it is.
    title: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def see_other(location: str) -> PageResponse:
    """Return a redirect to a page of our own after a POST."""
    return PageResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": location})


def form_of(body: bytes) -> dict[str, list[str]]:
    """Read a form as browsers send it. What is no such form has no fields, and so no token."""
    if len(body) > FORM_MAX_BYTES:
        return {}
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}


def split_address(text: str) -> SplitResult:
    """Return the parts of an address that anybody wrote; of what is none, such as `http://[`, all are empty."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def root_of(path: str) -> str:
    """Return the path of a mounting with one slash at each end: a browser reads two as the name of another host."""
    return f"/{path.strip('/')}/".replace("//", "/")
