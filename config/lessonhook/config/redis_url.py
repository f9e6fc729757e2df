"""Whether a URL can name a Redis: asked when the settings are read, since later errors would quote parts of it.

A password with a `/`, `?` or `#` in it ends a URL too soon, and what is left of it stands where the port should be.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from pydantic_core import PydanticCustomError

#: What may stand behind the question mark, beside `ssl_…` for rediss://. Anything else would fail when the first event
#: is published, or change how the ledger is read.
_OPTIONS: Final = frozenset(
    {"client_name", "db", "health_check_interval", "max_connections", "socket_connect_timeout", "socket_timeout"}
)
_SCHEMES: Final = frozenset({"redis", "rediss", "redis+cluster", "sentinel"})
_PORT: Final = re.compile(r"(?:\[[^\]]*\]|[^:\[\]]*)(?::[0-9]{1,5})?")


def check_redis_url(url: str) -> str:
    """Answer the URL as it is; raise an error that names the rule it breaks, and quotes nothing of it."""
    scheme, separator, rest = url.partition("://")
    if scheme == "unix" and separator:
        _check_options(scheme, rest)
        return url
    if scheme not in _SCHEMES or not separator:
        raise _rule("must begin with redis://, rediss://, unix://, sentinel:// or redis+cluster://")
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    hosts = re.split("[;,]", authority.rpartition("@")[2]) if scheme == "sentinel" else [authority.rpartition("@")[2]]
    if not all(_PORT.fullmatch(host) for host in hosts):
        raise _rule("must have a number as its port; in a password write %2F for /, %3F for ?, %23 for # and %40 for @")
    _check_options(scheme, rest)
    return url


def _check_options(scheme: str, rest: str) -> None:
    for name, _ in parse_qsl(urlsplit(f"//{rest}").query, keep_blank_values=True):
        if name not in _OPTIONS and not (scheme == "rediss" and name.startswith("ssl_")):
            known = ", ".join(sorted(_OPTIONS))
            raise _rule(f"must have no other options behind the ? than {known} and, for rediss://, ssl_...")


def check_broker_url(url: str | None) -> str | None:
    """Hold a broker's URL to the same rule where it names a Redis; the others are Celery's to read."""
    if url and url.partition("://")[0] in _SCHEMES and "://" not in url.partition("://")[2]:
        check_redis_url(url)
    return url


def _rule(rule: str) -> PydanticCustomError:
    return PydanticCustomError("rule", "{rule}", {"rule": rule})
