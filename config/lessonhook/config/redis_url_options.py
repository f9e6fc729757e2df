"""What may stand behind the question mark of a URL that names a Redis, and which values each option takes.

An option that nobody knows, or a value that can't be used, would fail when the first event is published, and would look
like an outage of Redis.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from lessonhook.config.rules_in_words import broken

#: How the value of each option is read; raises ValueError or KeyError for one that can't be used.
_Readers = dict[str, Callable[[str], Any]]
#: Both spellings of what to verify: redis-py's own, and Celery's.
_CERTIFICATE_RULES: Final = {
    "none": "none",
    "optional": "optional",
    "required": "required",
    "CERT_NONE": "none",
    "CERT_OPTIONAL": "optional",
    "CERT_REQUIRED": "required",
}
_TRUTHS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _number(value: str) -> float:
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def _whole(value: str) -> int:
    number = int(value)
    if number < 0:
        raise ValueError
    return number


def _text(value: str) -> str:
    if not value:
        raise ValueError
    return value


_OF_ALL: Final[_Readers] = {
    "client_name": _text,
    "health_check_interval": _whole,
    "max_connections": _whole,
    "socket_connect_timeout": _number,
    "socket_timeout": _number,
}
_DATABASE: Final[_Readers] = {"db": _whole}
#: Named as redis-py names them.
_OF_TLS: Final[_Readers] = {
    "ssl_ca_certs": _text,
    "ssl_ca_path": _text,
    "ssl_cert_reqs": _CERTIFICATE_RULES.__getitem__,
    "ssl_certfile": _text,
    "ssl_check_hostname": lambda value: _TRUTHS[value.lower()],
    "ssl_keyfile": _text,
}
#: The Sentinels' own user and password. Those in front of the hosts are the master's.
_OF_SENTINELS: Final[_Readers] = {"sentinel_password": _text, "sentinel_username": _text}
#: Every form of URL that names a Redis, and what may stand behind its question mark.
FORMS: Final[Mapping[str, _Readers]] = {
    "redis": _OF_ALL | _DATABASE,
    "rediss": _OF_ALL | _DATABASE | _OF_TLS,
    "unix": _OF_ALL | _DATABASE,
    "sentinel": _OF_ALL | _DATABASE | _OF_SENTINELS,
    "sentinels": _OF_ALL | _DATABASE | _OF_SENTINELS | _OF_TLS,
    "redis+cluster": _OF_ALL,
    "rediss+cluster": _OF_ALL | _OF_TLS,
}


def read_options(scheme: str, query: str) -> dict[str, Any]:
    """Return the options by name. Raise the rule that one of them breaks; nothing of a value is quoted."""
    known = FORMS[scheme]
    options = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            raise broken(
                "must have no other options behind the ? of {scheme}:// than {known}",
                scheme=scheme,
                known=", ".join(sorted(known)),
            )
        try:
            options[name] = known[name](value)
        except (ValueError, KeyError):
            raise broken("has an option whose value can't be used: {name}", name=name) from None
    return options
