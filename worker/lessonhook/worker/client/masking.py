"""What may be shown of an answer: an endpoint may echo what it was sent, and that belongs in no log."""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote

from lessonhook.ledger.callback_url import CallbackUrl
from lessonhook.ledger.credentials import SECRET_PREFIX
from lessonhook.worker.client.request import Post

SHOWN_CHARACTERS: Final = 200
#: Of an answer, what is searched for echoes; more than is shown, since runs of blanks are shown as one.
_LOOKED_AT_BYTES: Final = 4_096
_MASK: Final = "***"
#: A shorter text is no secret and no name, and masking it would make holes in every answer.
_SHORTEST_MASKED: Final = 3
#: Looks the same in HTML, in JSON and in a URL.
_PLAIN: Final = re.compile(r"[\w.-]*", re.ASCII)
_UNESCAPED: Final = re.compile(r"[A-Za-z0-9]+")


def shown(answer: bytes, post: Post, *, credentials: Iterable[str] = (), cut: bool = False) -> str:
    """Answer the first characters of an answer as text: no control characters, nothing of what was sent.

    `credentials` are sent too, and not the subscription's. `cut` says that more of the answer was not read.
    """
    text = answer[:_LOOKED_AT_BYTES].decode("utf-8", "replace")
    if len(text) >= _SHORTEST_MASKED:
        sent = [*credentials, *_credentials(post), *_in_url(post), *_in_body(post)]
        room = range(_SHORTEST_MASKED, len(text) + 1)
        text = _masked(text, {each for each in sent if len(each) in room})
        if cut or len(answer) > _LOOKED_AT_BYTES:
            text = _without_begun(text, sent)
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:SHOWN_CHARACTERS]


def _masked(text: str, sent: Iterable[str]) -> str:
    """Mask what was sent, as it was or as it is written elsewhere, in capitals or not."""
    folded = text.casefold()
    candidates = (each for each in sent if _core(each) in folded)
    echoes = {form for each in candidates for form in _forms(each) if form.casefold() in folded}
    # Longest first: a part of a credential that was masked before the whole would leave the rest in sight.
    for echo in sorted(echoes, key=len, reverse=True):
        text = re.sub(re.escape(echo), _MASK, text, flags=re.IGNORECASE)
    return text


def _without_begun(text: str, sent: Iterable[str]) -> str:
    """Mask, at the end of a text that was cut there, the beginning of what was sent."""
    for each in sent:
        for length in range(min(len(each), len(text)), _SHORTEST_MASKED - 1, -1):
            if text.endswith(each[:length]):
                return text[:-length] + _MASK
    return text


def _core(text: str) -> str:
    """Answer the part of a text that is the same in all its forms: most texts are no echo, and cost no more than it."""
    return max(_UNESCAPED.findall(text), key=len, default="").casefold()


def _forms(text: str) -> Iterator[str]:
    """Yield how a text is written in HTML, in JSON and in URLs, by the libraries that endpoints are made with."""
    yield text
    if _PLAIN.fullmatch(text):
        return
    in_html = html.escape(text)
    yield from (in_html.replace("&#x27;", apostrophe) for apostrophe in ("&#x27;", "&#039;", "&#39;"))
    yield in_html.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    for ascii_only in (True, False):
        in_json = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield in_json
        yield in_json.replace("/", "\\/")
    yield from (quote(text), quote(text, safe=""), quote_plus(text))
    if not text.isascii():
        # A page in Latin-1, read as UTF-8.
        yield text.encode("latin-1", "replace").decode("utf-8", "replace")


def _credentials(post: Post) -> Iterator[str]:
    subscription = post.subscription
    for secret in subscription.signing_secrets:
        yield secret
        yield secret.removeprefix(SECRET_PREFIX)
    if subscription.authorization is None:
        return
    value = subscription.authorization.get_secret_value()
    yield value
    yield from value.split()[1:] or [value.strip()]
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() == "basic":
        try:
            user_and_password = base64.b64decode(rest, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return
        yield user_and_password
        user, _, password = user_and_password.partition(":")
        yield from (user, password)


def _in_url(post: Post) -> Iterator[str]:
    """Answer the query and its values: `sig=` and the like are keys."""
    try:
        query = CallbackUrl.parse(post.subscription.callback_url).target.partition("?")[2]
    except ValueError:
        return
    yield query
    for part in query.split("&"):
        value = part.partition("=")[2]
        yield value
        yield unquote(value)


def _in_body(post: Post) -> Iterator[str]:
    try:
        return _texts(json.loads(post.body))
    except ValueError:
        return iter(())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
