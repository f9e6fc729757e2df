"""The token in every form. It is signed for one viewer, so a page of somebody else cannot press a button for them."""

from typing import TYPE_CHECKING, Final

from itsdangerous import BadSignature, URLSafeTimedSerializer

from lessonhook.config import read_host
from lessonhook.page.exchange import split_address

if TYPE_CHECKING:
    from lessonhook.page.exchange import PageRequest
    from lessonhook.page.viewer import Viewer

#: A page that was open for longer shows a fresh form instead of doing what it was told.
_VALID_SECONDS: Final = 12 * 3_600
_SALT: Final = "lessonhook.page.form"
#: What a browser says of a request that comes from the page itself, or from a bookmark.
_OWN: Final = frozenset({"same-origin", "none"})
#: The ports that an origin leaves out.
_PORTS: Final = {"https": 443, "http": 80}
FIELD: Final = "lessonhook_token"


class FormTokens:
    """Makes and checks the tokens of one LMS."""

    def __init__(self, key: str) -> None:
        self._serializer = URLSafeTimedSerializer(key, salt=_SALT)

    def make(self, viewer: "Viewer") -> str:
        """Return a token for the viewer's forms."""
        return self._serializer.dumps([viewer.subscriber, viewer.name])

    def accepts(self, request: "PageRequest", viewer: "Viewer") -> bool:
        """Return whether the request comes from a form that this viewer was shown.

        The token decides. A browser that says that another site sent the request is believed as well.
        """
        if not is_of_this_site(request):
            return False
        try:
            made_for = self._serializer.loads(request.value(FIELD), max_age=_VALID_SECONDS)
        except BadSignature:
            return False
        return bool(made_for == [viewer.subscriber, viewer.name])


def is_of_this_site(request: "PageRequest") -> bool:
    """Return False if the browser says that another site sent the request. An old browser says nothing."""
    if site := request.headers.get("sec-fetch-site", ""):
        # No page can set this header. It decides alone, because behind a proxy the LMS may see another host.
        return site in _OWN
    origin = request.headers.get("origin", "")
    return not origin or _is_at(origin, request.host)


def _is_at(origin: str, host: str) -> bool:
    """Return whether an origin is that of a Host header. Either may leave out the port that its scheme has anyway.

    The scheme is not compared, because behind a proxy the LMS may see another one than the browser.
    """
    parts = split_address(origin)
    theirs, ours = read_host(parts.netloc), read_host(host)
    usual = _PORTS.get(parts.scheme)
    return bool(theirs.name) and theirs.name == ours.name and (theirs.port or usual) == (ours.port or usual)
