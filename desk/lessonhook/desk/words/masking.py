"""Masks a callback URL before it is shown. A query often has a key in it, so its values are replaced."""

import re
from typing import Final

MASK: Final = "***"
# Possessive, because a name with nothing behind it must stay a name.
_PAIR: Final = re.compile(r"(?P<name>[^&;=]*=)?+[^&;]+")


def masked_url(url: str) -> str:
    """Return the URL with each value of its query masked; a query without names is masked whole."""
    place, question, query = url.partition("?")
    return place + question + _PAIR.sub(lambda pair: f"{pair['name'] or ''}{MASK}", query)
