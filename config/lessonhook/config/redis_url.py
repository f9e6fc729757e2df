"""The one reader of a URL that names a Redis, for the settings' check, for Celery and for the ledger's client.

redis://user:password@host:6379/0                              one server
unix://user:password@/run/redis.sock?db=0                      one server, by its socket
sentinel://user:password@host:26379;host2:26379/MASTER?db=0    the master that the Sentinels name
redis+cluster://user:password@host:7000,host2:7000             a Redis Cluster, by any of its nodes
rediss://…, sentinels://…, rediss+cluster://…                  the same with TLS, to the Sentinels as well

Each form is connected with in a test, as the ledger and as the broker. The settings check each URL when they are read,
because later errors would quote parts of it. A password that contains `/`, `?` or `#` ends the host part too early, and
the rest of the password would be taken for the port.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self
from urllib.parse import unquote, urlsplit

from lessonhook.config.redis_url_options import FORMS, read_options
from lessonhook.config.rules_in_words import broken

_SENTINELS: Final = frozenset({"sentinel", "sentinels"})
_CLUSTERS: Final = frozenset({"redis+cluster", "rediss+cluster"})
_WITH_TLS: Final = frozenset({"rediss", "sentinels", "rediss+cluster"})
_HOST: Final = re.compile(r"(?:\[(?P<address>[^\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}))?")
#: Celery takes several URLs, of which it uses the next one when one fails.
_NEXT_URL: Final = re.compile(r";(?=[a-z+]+://)")
_SENTINEL_PORT: Final = 26_379
_REDIS_PORT: Final = 6_379
_DEFAULT_MASTER: Final = "mymaster"
_HIGHEST_PORT: Final = 65_535


class Host(NamedTuple):
    """A host of a URL. An IPv6 address has no brackets here."""

    name: str
    port: int | None

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port is None else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class RedisUrl:
    """The parts of a URL. `userinfo` and `path` are as written, with their %-escapes; the properties are decoded."""

    scheme: str
    #: "user:password@", or "" if the URL has none.
    userinfo: str = field(repr=False)
    #: Several for Sentinels and for a Cluster, none for unix://, otherwise one.
    hosts: tuple[Host, ...]
    path: str
    #: By name, as redis-py takes them.
    options: Mapping[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL. Raises a PydanticCustomError, a ValueError, that names the broken rule and quotes nothing."""
        scheme, separator, rest = url.partition("://")
        if scheme not in FORMS or not separator:
            *others, last = (f"{form}://" for form in FORMS)
            raise broken("must begin with {others} or {last}", others=", ".join(others), last=last)
        authority = re.split("[/?#]", rest, maxsplit=1)[0]
        parts = urlsplit(f"//-{rest[len(authority) :]}")
        userinfo, at, hosts = authority.rpartition("@")
        read = cls(
            scheme=scheme,
            userinfo=userinfo + at,
            hosts=tuple(_hosts(scheme, hosts)),
            path=parts.path,
            options=read_options(scheme, parts.query),
        )
        read._check_path()
        return read

    def _check_path(self) -> None:
        """Raise the rule that the path breaks: a database, a socket's file, a master's name, or nothing."""
        path = self.path.strip("/")
        if self.scheme in {"redis", "rediss"} and path and not (path.isascii() and path.isdigit()):
            raise broken("must have the number of a database as its path")
        if self.scheme == "unix" and not path:
            raise broken("must have the path of a socket: unix:///run/redis.sock")
        if self.scheme in _CLUSTERS and path not in {"", "0"}:
            raise broken("must name no database: a Cluster has only the database 0")

    @property
    def by_sentinel(self) -> bool:
        """Whether Sentinels name the server."""
        return self.scheme in _SENTINELS

    @property
    def is_cluster(self) -> bool:
        """Whether it is a Redis Cluster."""
        return self.scheme in _CLUSTERS

    @property
    def tls(self) -> dict[str, Any] | None:
        """The options of TLS, as redis-py takes them; None without TLS. The server's certificate is verified."""
        if self.scheme not in _WITH_TLS:
            return None
        given = {name: value for name, value in self.options.items() if name.startswith("ssl_")}
        return {"ssl_cert_reqs": "required", **given}

    @property
    def username(self) -> str | None:
        """The user's name, None if there is none."""
        return unquote(self.userinfo.removesuffix("@").partition(":")[0]) or None

    @property
    def password(self) -> str | None:
        """The password, None if there is none."""
        return unquote(self.userinfo.removesuffix("@").partition(":")[2]) or None

    @property
    def database(self) -> int:
        """The database: the option `db`, or the path of redis:// and rediss://."""
        path = self.path.strip("/") if self.scheme in {"redis", "rediss"} else ""
        return int(self.options.get("db", path or 0))

    @property
    def place(self) -> tuple[object, ...]:
        """The database as a value to compare: how it is reached, where it is, and by which user."""
        hosts = tuple((host.name or "127.0.0.1", host.port or _REDIS_PORT) for host in self.hosts)
        name = "" if self.scheme in {"redis", "rediss"} else unquote(self.path)
        return self.scheme, hosts, name, self.database, self.username, self.password

    @property
    def socket(self) -> str:
        """The path of the socket of unix://."""
        return unquote(self.path)

    @property
    def master(self) -> str:
        """The name of the master that Sentinels are asked for."""
        return unquote(self.path.strip("/")) or _DEFAULT_MASTER

    @property
    def of_sentinels(self) -> dict[str, Any]:
        """How the Sentinels themselves are connected with, as redis-py takes it."""
        given = {name: self.options.get(f"sentinel_{name}") for name in ("username", "password")}
        known = {name: value for name, value in given.items() if value is not None}
        return known if self.tls is None else known | {"ssl": True, **self.tls}


def is_same_database(url: str, other: str) -> bool:
    """Return whether two URLs name one database of one server and one user of it, so that one script writes to both.

    Two names of one host count as two servers. No database of a Redis Cluster counts, because its keys are apart.
    """
    try:
        first, second = RedisUrl.parse(url), RedisUrl.parse(other)
    except ValueError:
        return False
    return not first.is_cluster and first.place == second.place


def server_of(url: str) -> str:
    """Return which server a URL names, for a message: host, port and database, and never the user or the password."""
    try:
        parsed = RedisUrl.parse(url)
    except ValueError:
        # Another broker's URL, which Celery reads: its scheme says enough, because the rest may hold a password.
        return f"the {url.partition('://')[0]} broker"
    hosts = ", ".join(map(str, parsed.hosts))
    if parsed.scheme == "unix":
        return f"Redis at {parsed.path} (database {parsed.database})"
    if parsed.by_sentinel:
        return f"Redis {parsed.master!r} of the Sentinels at {hosts} (database {parsed.database})"
    if parsed.is_cluster:
        return f"the Redis Cluster at {hosts}"
    database = parsed.options.get("db") or parsed.path.strip("/") or "0"
    return f"Redis at {hosts if parsed.hosts[0].port else f'{hosts}:{_REDIS_PORT}'} (database {database})"


def check_redis_url(url: str) -> str:
    """Return the URL unchanged. Raises an error that names the broken rule and quotes nothing."""
    RedisUrl.parse(url)
    return url


def check_broker_url(url: str | None) -> str | None:
    """Return the URL unchanged. Raises the same error if it names a Redis; Celery reads the URLs of other brokers."""
    for each in split_urls(url or ""):
        if each.partition("://")[0] in FORMS:
            RedisUrl.parse(each)
    return url


def split_urls(url: str) -> list[str]:
    """Return the URLs of a broker's setting, which Celery lets one join by a semicolon."""
    return _NEXT_URL.split(url)


def _hosts(scheme: str, text: str) -> Iterator[Host]:
    if scheme == "unix":
        if text:
            raise broken("must have the path of a socket: unix:///run/redis.sock")
        return
    default = _SENTINEL_PORT if scheme in _SENTINELS else None
    for each in re.split("[;,]", text) if scheme in _SENTINELS | _CLUSTERS else [text]:
        match = _HOST.fullmatch(each)
        if match is None or int(match["port"] or 1) not in range(1, _HIGHEST_PORT + 1):
            raise broken(
                "must have a number as its port; in a password write %2F for /, %3F for ?, %23 for # and %40 for @"
            )
        yield Host(match["address"] or match["name"] or "", int(match["port"]) if match["port"] else default)
