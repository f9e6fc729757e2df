"""Keeps other sites out of Flower: none may frame it, and none may reach an open one under a name of its own."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from flower.app import Flower
from tornado.web import OutputTransform, RequestHandler

from lessonhook.config import read_host

if TYPE_CHECKING:
    from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerRequest

#: The policy of Flower's own pages: one of them has a script inside its HTML.
_FLOWERS_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: The policy of our pages. Their scripts are files, and no other script runs; styles and small pictures stand in HTML
#: and CSS.
OUR_POLICY: Final = _FLOWERS_POLICY.replace("script-src 'self' 'unsafe-inline'; ", "")
POLICY: Final = "Content-Security-Policy"
_HEADERS: Final = {
    POLICY: _FLOWERS_POLICY,
    # For browsers that do not know frame-ancestors.
    "X-Frame-Options": "DENY",
    # A page's address has a subscriber's name.
    "Referrer-Policy": "same-origin",
}
_LOCAL: Final = "localhost"


class PageHeaders(OutputTransform):
    """Adds the headers to every response, to Flower's own pages, errors and files too."""

    def transform_first_chunk(
        self, status_code: int, headers: "HTTPHeaders", chunk: bytes, finishing: bool
    ) -> "tuple[int, HTTPHeaders, bytes]":
        """Add the headers that the handler has not set, before the response begins."""
        del finishing
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        return status_code, headers, chunk


class UnknownHost(RequestHandler):
    """The response to a request under a name that this Flower does not have."""

    def prepare(self) -> None:
        """Refuse, and say how to have it otherwise."""
        self.set_status(HTTPStatus.MISDIRECTED_REQUEST)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(
            "This Flower asks for no password, so it serves only localhost and addresses in numbers. Give it a "
            "password by --basic-auth-file, or name this host by --allowed-hosts.\n"
        )


class GuardedFlower(Flower):
    """Flower, behind these guards.

    An open Flower checks the request's Host. A page on the web can point a name of its own at 127.0.0.1 (DNS
    rebinding), and the browser would let it read what Flower sends. An address in numbers cannot be pointed elsewhere.
    """

    def __init__(self, *, allowed_hosts: Iterable[str], **arguments: Any) -> None:
        super().__init__(**arguments)
        self._allowed_hosts = {_LOCAL, *(read_host(name).name for name in allowed_hosts)}
        self.add_transform(PageHeaders)

    def find_handler(self, request: "HTTPServerRequest", **arguments: Any) -> "HTTPMessageDelegate":
        """Find what handles a request; refuse one for a foreign host."""
        is_foreign = self._is_open and not self._is_own(request.host)
        found: HTTPMessageDelegate = (
            self.get_handler_delegate(request, UnknownHost)
            if is_foreign
            else super().find_handler(request, **arguments)
        )
        return found

    @property
    def _is_open(self) -> bool:
        return not (self.options.basic_auth or self.options.auth)

    def _is_own(self, host: str) -> bool:
        read = read_host(host)
        return read.name in self._allowed_hosts or read.is_address
