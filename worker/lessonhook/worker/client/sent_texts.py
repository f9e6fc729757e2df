"""The texts that an endpoint was sent and may echo: credentials, keys in the URL's query, texts of the body."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import unquote

from lessonhook.ledger.subscriptions import SECRET_PREFIX, CallbackUrl
from lessonhook.worker.client.masking_effort import Effort
from lessonhook.worker.client.post import Post

#: The values of a query that are long enough to be masked.
_VALUE: Final = re.compile(r"(?:^|&)[^=&]*=([^&]{3,})")
#: Bytes of JSON that are parsed in one step; those of UTF-8 beyond ASCII are decoded besides.
_ASCII_A_STEP: Final = 80
_UTF_8_A_STEP: Final = 32
_ESCAPES_A_STEP: Final = 6
_STEPS_A_COMMA: Final = 2
#: Characters of an Authorization value that are split and decoded in one step.
_AUTHORIZATION_A_STEP: Final = 8
#: Characters of a query that are searched for values in one step.
_QUERY_A_STEP: Final = 4
#: `unquote` works on each escape by itself.
_STEPS_TO_UNQUOTE: Final = 20


def sent_texts(post: Post, credentials: Iterable[str], effort: Effort) -> Iterator[str]:
    """Yield each text. `credentials` were sent in addition to the subscription's."""
    yield from credentials
    yield from _credentials(post, effort)
    yield from _in_url(post, effort)
    yield from _in_body(post.body, effort)


def _credentials(post: Post, effort: Effort) -> Iterator[str]:
    subscription = post.subscription
    for secret in subscription.signing_secrets:
        yield secret
        yield secret.removeprefix(SECRET_PREFIX)
    if subscription.authorization is None:
        return
    value = subscription.authorization.get_secret_value()
    effort.spend(len(value) // _AUTHORIZATION_A_STEP)
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


def _in_url(post: Post, effort: Effort) -> Iterator[str]:
    """Yield the query and its values, because `sig=…` and the like are secrets."""
    try:
        query = CallbackUrl.parse(post.subscription.callback_url).target.partition("?")[2]
    except ValueError:
        return
    yield query
    effort.spend(len(query) // _QUERY_A_STEP)
    for value in _VALUE.findall(query):
        yield value
        if "%" in value:
            effort.spend(_STEPS_TO_UNQUOTE + len(value) // 3)
            yield unquote(value)


def _in_body(body: bytes, effort: Effort) -> Iterator[str]:
    effort.spend(len(body) // (_ASCII_A_STEP if body.isascii() else _UTF_8_A_STEP))
    # Counted only now, because to count takes time as well.
    effort.spend(body.count(b"\\") // _ESCAPES_A_STEP)
    # A value is followed by a comma; those within texts are counted as well.
    effort.spend(body.count(b",") * _STEPS_A_COMMA)
    try:
        found: list[Any] = [json.loads(body)]
    except ValueError:
        return
    while found:
        value = found.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            found.extend(value)
        elif isinstance(value, dict):
            found.extend(value.values())
