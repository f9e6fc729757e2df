"""The broker as Celery wants it named, where that differs from how the ledger's Redis is named.

unix:///run/redis.sock?db=2               redis+socket:///run/redis.sock?virtual_host=2
sentinel://u:p@one:26379;two/main?db=0    sentinel://u:p@one:26379/0;sentinel://u:p@two:26379/0, master_name "main"
redis://h/0?db=3&max_connections=10       redis://h/3
rediss://…                                the same, with the server's certificate verified
redis+cluster://…                         refused: Celery's transport does not speak to a Redis Cluster
"""

from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from kombu.transport import resolve_transport

from lessonhook.config.errors import LessonhookError

_SENTINEL_PORT: Final = "26379"
_DEFAULT_MASTER: Final = "mymaster"


class InvalidBroker(LessonhookError):  # noqa: N818 - says what is wrong, as InvalidCompletion does
    """`LESSONHOOK_BROKER_URL` is needed, or can't be used."""


class Broker(NamedTuple):
    """What Celery is given."""

    url: str
    transport_options: dict[str, Any]


def broker_of(url: str) -> Broker:
    """Translate a URL; one that Celery speaks already stays as it is. Raises `InvalidBroker` for what can't be used."""
    scheme = url.partition("://")[0]
    if scheme == "unix":
        parts = urlsplit(url)
        query = {"virtual_host": dict(parse_qsl(parts.query)).get("db", "0")}
        credentials = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return Broker(f"redis+socket://{credentials}{parts.path}?{urlencode(query)}", {})
    if scheme == "sentinel":
        return _by_sentinel(url.partition("://")[2])
    if scheme in {"redis", "rediss"}:
        return Broker(_by_tcp(url), {})
    if scheme == "redis+cluster":
        raise InvalidBroker(
            "Celery can't use a Redis Cluster as its broker: set LESSONHOOK_BROKER_URL to another server; "
            "the ledger may stay on the cluster"
        )
    return Broker(_spoken(url), {})


def _spoken(url: str) -> str:
    """Answer the URL if Celery can speak to it here: found out now, and not when an event is recorded already."""
    # Of `redis+socket://` and `sqla+postgresql://` the transport's name is what stands before the plus.
    scheme = url.partition("://")[0].partition("+")[0]
    try:
        resolve_transport(scheme)
    except (KeyError, ImportError):
        problem = (
            "LESSONHOOK_BROKER_URL names a broker that Celery does not speak to, or whose package is not installed"
        )
    else:
        return url
    raise InvalidBroker(problem)


def _by_tcp(url: str) -> str:
    """Leave out what is for the ledger's client alone: kombu takes a database as the path, and chokes on the rest."""
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    path = f"/{given['db']}" if "db" in given else parts.path
    options = {name: value for name, value in given.items() if name.startswith("ssl_")}
    if parts.scheme == "rediss":
        # kombu verifies nothing unless it is told to; redis-py, which the ledger is reached by, does.
        options.setdefault("ssl_cert_reqs", "CERT_REQUIRED")
    # Not by `urlunsplit`, which takes the slashes from a URL without a host: `redis://`, this machine's.
    query = f"?{urlencode(options, safe='/')}" if options else ""
    return f"{parts.scheme}://{parts.netloc}{path}{query}"


def _by_sentinel(rest: str) -> Broker:
    """Read `[user:password@]host:port;host:port/MASTER?db=0`, as `lessonhook.ledger.connect` does."""
    hosts, _, path = rest.partition("/")
    credentials, at, hosts = hosts.rpartition("@")
    parts = urlsplit(f"//-/{path}")
    if parts.path.strip("/").isdigit() or "sentinel://" in rest:
        raise InvalidBroker(
            "a sentinel:// URL is written sentinel://host:26379;host2:26379/MASTER?db=0: the path names the master"
        )
    database = dict(parse_qsl(parts.query)).get("db", "0")
    named = [host if ":" in host else f"{host}:{_SENTINEL_PORT}" for host in hosts.replace(",", ";").split(";")]
    url = ";".join(f"sentinel://{credentials}{at}{host}/{database}" for host in named)
    return Broker(url, {"master_name": unquote(parts.path.strip("/")) or _DEFAULT_MASTER})
