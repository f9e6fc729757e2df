"""Reads the parts of a callback URL. The URL itself is stored and sent as it was written, byte for byte."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final, Self

from pydantic import ValidationError
from pydantic_core import Url

#: The length that servers and proxies should accept at least (RFC 9110, section 4.1).
MAX_LENGTH: Final = 8000
_PORTS: Final = {"http": 80, "https": 443}
_LAST_PORT: Final = 65_535
_AUTHORITY = re.compile(r"(?P<scheme>[^:/?#]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_HOST_AND_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[]*)(?::(?P<port>.*))?", re.DOTALL)
# The longest label and the longest name that DNS can carry (RFC 1035, section 2.3.4). Host names may not have an
# underscore, but names with one exist and resolve.
_NAME = re.compile(r"(?=.{1,253}\.?$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)
# Printable ASCII without quotes, angle brackets and backslash: RFC 3986 allows them in no URL, and readers of URLs
# disagree about them. RFC 3986 forbids braces and the like too, but there are endpoints that need them.
_TARGET = re.compile(r"[!#-;=?-\[\]_a-z~|^`{}]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CallbackUrl:
    """The parts of a URL that a request is made from."""

    scheme: str
    #: The name to resolve, which a certificate must have: ASCII, no brackets, a decimal or octal address decoded.
    host: str
    port: int
    #: Path and query, byte for byte as written; `/` where the path is empty.
    target: str = field(repr=False)
    #: The value of the `Host` header: the host as written, in its IDNA form if not ASCII, and the port. A default
    #: port is left out, as curl and requests do: proxies such as Envoy compare the whole value with a list of names.
    authority: str

    @classmethod
    @lru_cache(maxsize=4096)
    def parse(cls, url: str) -> Self:
        """Parse a URL; raise ValueError with the rule that it breaks, and quote nothing of it.

        Results are cached, because a worker reads the same URLs with every attempt.
        """
        if not 0 < len(url) <= MAX_LENGTH:
            raise ValueError(f"must have between 1 and {MAX_LENGTH} characters")
        match = _AUTHORITY.fullmatch(url)
        scheme = match["scheme"].lower() if match else ""
        if match is None or scheme not in _PORTS:
            raise ValueError("must begin with http:// or https://")
        authority, rest = match["authority"], match["rest"]
        if "@" in authority:
            raise ValueError("must not carry a user or a password; use the authorization")
        if "#" in rest:
            raise ValueError("must not have a fragment; it is never sent")
        if (allowed := _TARGET.match(rest)) and allowed.end() < len(rest):
            position = len(url) - len(rest) + allowed.end() + 1
            raise ValueError(f"has a character at position {position} that must be percent-escaped")
        written, port = _split_port(authority)
        host, shown = _read_host(written)
        return cls(
            scheme=scheme,
            host=host,
            port=_PORTS[scheme] if port is None else int(port),
            target=rest if rest.startswith("/") else f"/{rest}",
            authority=shown if port is None or int(port) == _PORTS[scheme] else f"{shown}:{port}",
        )


def _split_port(authority: str) -> tuple[str, str | None]:
    match = _HOST_AND_PORT.fullmatch(authority)
    if match is None or not match["host"]:
        raise ValueError("must name a valid host")
    port: str | None = match["port"]
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) <= _LAST_PORT):
        raise ValueError("must have a port between 1 and 65535, or none")
    return match["host"], port


def _read_host(written: str) -> tuple[str, str]:
    """Return the host to connect to and the host for the `Host` header."""
    if written.startswith("["):
        try:
            address = IPv6Address(written[1:-1])
        except AddressValueError:
            raise ValueError("must name a valid host: this is no IPv6 address") from None
        if address.scope_id:
            raise ValueError("must not name a zone: it is an interface of the worker's own")
        return str(address), written
    try:
        # The URL standard's reading of hosts: IDNA (UTS 46), and 2130706433 or 0x7f.1 as IPv4 addresses.
        host = None if re.search(r"[%\\\s]", written) else Url(f"http://{written}/").host
    except ValidationError:
        host = None
    if host is None or not _NAME.fullmatch(host):
        raise ValueError("must name a valid host")
    return host, written if written.isascii() else host
