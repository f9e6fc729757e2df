"""A callback URL as it may be shown: a query often carries a key, so its values are hidden."""

import re
from typing import Final

MASK: Final = "***"
# Possessive: a name with nothing behind it stays a name.
_PAIR: Final = re.compile(r"(?P<name>[^&;=]*=)?+[^&;]+")


def masked_url(url: str) -> str:
    """Hide what each name of the query stands for; a query without names is hidden whole."""
    place, question, query = url.partition("?")
    return place + question + _PAIR.sub(lambda pair: f"{pair['name'] or ''}{MASK}", query)
