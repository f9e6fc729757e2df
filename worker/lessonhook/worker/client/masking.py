"""What may be shown of an answer: an endpoint may echo what it was sent, and that belongs in no log."""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from lessonhook.ledger.callback_url import CallbackUrl
from lessonhook.ledger.credentials import SECRET_PREFIX
from lessonhook.worker.client.request import Post

SHOWN_CHARACTERS: Final = 200
_MASK: Final = "***"
#: A shorter text is no secret and no name, and masking it would make holes in every answer.
_SHORTEST_MASKED: Final = 3
#: Looks the same in HTML and in JSON.
_PLAIN: Final = re.compile(r"[\w .,:;/@+=-]*", re.ASCII)


def shown(answer: bytes, post: Post) -> str:
    """Answer the first characters of an answer as text: no control characters, nothing of what was sent."""
    text = answer.decode("utf-8", "replace")
    if len(text) >= _SHORTEST_MASKED:
        # Longest first: a part of a credential that was masked before the whole would leave the rest in sight.
        for sent in sorted(_echoes(text, post), key=len, reverse=True):
            text = text.replace(sent, _MASK)
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:SHOWN_CHARACTERS]


def _echoes(answer: str, post: Post) -> set[str]:
    """Answer what was sent and came back: as it was, or as HTML or JSON write it."""
    room = range(_SHORTEST_MASKED, len(answer) + 1)
    texts = {text for sent in (_credentials(post), _in_url(post), _in_body(post)) for text in sent if len(text) in room}
    return {form for text in texts for form in _forms(text) if form in answer}


def _forms(text: str) -> tuple[str, ...]:
    return (text,) if _PLAIN.fullmatch(text) else (text, html.escape(text), json.dumps(text)[1:-1])


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
        yield user_and_password.partition(":")[2]


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
