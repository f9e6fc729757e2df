"""Whether the ledger's server is new enough: a transition is a function, which Redis has since 7.0."""

import re
from collections.abc import Mapping
from typing import Any, Final

from lessonhook.config import OLDEST_REDIS

_LEADING_NUMBER: Final = re.compile(r"\d+")


def version_of(info: Mapping[str, Any]) -> str:
    """Return the product and its version, such as `Redis 6.2.14`, of what INFO replies."""
    product = "Valkey" if "valkey_version" in info else "Redis"
    return f"{product} {info.get('valkey_version') or info.get('redis_version') or '?'}"


def is_new_enough(info: Mapping[str, Any]) -> bool:
    """Return whether the server knows functions; False if it does not say its version."""
    # `redis_version` of a Valkey is the version of Redis that it is compatible with.
    stands_for = _LEADING_NUMBER.match(str(info.get("redis_version", "")))
    return stands_for is not None and int(stands_for[0]) >= OLDEST_REDIS
