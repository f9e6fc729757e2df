"""The tokens of a link to the page, and of the cookie that it is exchanged for. Both are signed."""

import hashlib
import secrets
import time
from dataclasses import asdict, fields
from typing import Any, Final

from itsdangerous import BadSignature, URLSafeSerializer

from lessonhook.page.viewer import Viewer

#: A link and a cookie have salts of their own, so that neither is taken for the other.
_LINK_SALT: Final = "lessonhook.page.link"
_COOKIE_SALT: Final = "lessonhook.page.cookie"
_KNOWN: Final = frozenset(field.name for field in fields(Viewer))


class LinkTokens:
    """Makes and reads the tokens of one LMS."""

    def __init__(self, key: str) -> None:
        signer = {"digest_method": hashlib.sha256}
        self._links = URLSafeSerializer(key, salt=_LINK_SALT, signer_kwargs=signer)
        self._cookies = URLSafeSerializer(key, salt=_COOKIE_SALT, signer_kwargs=signer)

    def make(self, viewer: Viewer, *, for_seconds: int) -> tuple[str, str]:
        """Return the token of a link for a viewer, and the link's id, which is no secret."""
        link_id = secrets.token_hex(16)
        return self._links.dumps([link_id, _until(for_seconds), asdict(viewer)]), link_id

    def read(self, token: str) -> tuple[Viewer, str] | None:
        """Return for whom a link is and its id; None if it is not ours or has ended."""
        return _read(self._links, token)

    def cookie(self, viewer: Viewer, link_id: str, *, for_seconds: int) -> str:
        """Return the value of the cookie of somebody who has used a link."""
        return self._cookies.dumps([link_id, _until(for_seconds), asdict(viewer)])

    def viewer(self, cookie: str) -> Viewer | None:
        """Return who has a cookie; None if it is not ours or has ended."""
        found = _read(self._cookies, cookie)
        return found[0] if found else None


def _until(for_seconds: int) -> int:
    return int(time.time()) + for_seconds


def _read(serializer: URLSafeSerializer, token: str) -> tuple[Viewer, str] | None:
    try:
        link_id, until, facts = serializer.loads(token)
    except BadSignature:
        return None
    if until <= time.time():
        return None
    # Another release may have signed it, a newer one with facts that this one does not know.
    known: dict[str, Any] = {name: fact for name, fact in facts.items() if name in _KNOWN}
    return Viewer(**known), str(link_id)
