"""The broker's URL as Celery wants it, where that differs from how the ledger's Redis is named.

unix:///run/redis.sock?db=2               redis+socket:///run/redis.sock?virtual_host=2
sentinel://u:p@one:26379;two/main?db=0    sentinel://u:p@one:26379/0;sentinel://u:p@two:26379/0, master_name "main"
redis://h/0?db=3&socket_timeout=10        redis://h/3, socket_timeout 10.0
rediss://…, sentinels://…                 the same, with the server's certificate verified
redis+cluster://…                         refused, because Celery has no transport for a Redis Cluster
"""

from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from kombu.transport import resolve_transport

from lessonhook.config.errors import LessonhookError
from lessonhook.config.redis_url import RedisUrl, split_urls

#: The schemes of URLs that name a Redis and that `RedisUrl` reads.
_BY_TCP: Final = frozenset({"redis", "rediss"})
_BY_SENTINEL: Final = frozenset({"sentinel", "sentinels"})
_CLUSTERS: Final = frozenset({"redis+cluster", "rediss+cluster"})
#: The options behind the `?` that kombu's connections take as well; the database and TLS are told in other ways.
#: `max_connections` is of the ledger's client alone: kombu waits for no connection, and a worker needs several.
_OF_CONNECTIONS: Final = ("client_name", "health_check_interval", "socket_connect_timeout", "socket_timeout")
#: Celery's words for what redis-py says shortly.
_CERTIFICATE_RULES: Final = {
    "none": "CERT_NONE",
    "optional": "CERT_OPTIONAL",
    "required": "CERT_REQUIRED",
}


class InvalidBroker(LessonhookError):
    """`LESSONHOOK_BROKER_URL` is missing, or can't be used."""


class Broker(NamedTuple):
    """What Celery is given."""

    url: str
    transport_options: dict[str, Any]
    #: What kombu connects with by TLS; None where the URL says it, and without TLS.
    tls: dict[str, Any] | None = None


def broker_of(url: str) -> Broker:
    """Translate a URL; keep one that Celery understands already. Raises `InvalidBroker` if it can't be used."""
    scheme = url.partition("://")[0]
    if scheme == "unix":
        read = RedisUrl.parse(url)
        return Broker(_by_socket(read), _of_connections(read))
    if scheme in _BY_SENTINEL:
        return _by_sentinel(url)
    if scheme in _BY_TCP:
        each = [RedisUrl.parse(one) for one in split_urls(url)]
        return Broker(";".join(_by_tcp(one) for one in each), _of_connections(each[0]))
    if scheme in _CLUSTERS:
        raise InvalidBroker(
            "Celery can't use a Redis Cluster as its broker: set LESSONHOOK_BROKER_URL to another server; "
            "the ledger may stay on the cluster"
        )
    return Broker(_supported(url), {})


def _of_connections(url: RedisUrl) -> dict[str, Any]:
    return {name: url.options[name] for name in _OF_CONNECTIONS if name in url.options}


def _supported(url: str) -> str:
    """Return the URL if Celery has a transport for it; else raise now, and not when an event is recorded already."""
    # In `redis+socket://` and `sqla+postgresql://` the transport's name stands before the plus.
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


def _by_socket(url: RedisUrl) -> str:
    return f"redis+socket://{url.userinfo}{url.path}?{urlencode({'virtual_host': url.database})}"


def _by_tcp(url: RedisUrl) -> str:
    """Leave out all options but those of TLS: kombu takes the database as the path, and fails on the rest."""
    path = f"/{url.database}" if "db" in url.options else url.path
    tls = url.tls or {}
    if "ssl_cert_reqs" in tls:
        # By default kombu verifies no certificate. redis-py, which connects to the ledger, verifies it.
        tls["ssl_cert_reqs"] = _CERTIFICATE_RULES[tls["ssl_cert_reqs"]]
    if "ssl_check_hostname" in tls:
        tls["ssl_check_hostname"] = str(tls["ssl_check_hostname"]).lower()
    query = f"?{urlencode(tls, safe='/')}" if tls else ""
    return f"{url.scheme}://{url.userinfo}{url.hosts[0]}{path}{query}"


def _by_sentinel(text: str) -> Broker:
    """Name each Sentinel by a URL of its own, as kombu wants it. kombu reads no TLS of such a URL."""
    url = RedisUrl.parse(split_urls(text)[0])
    if len(split_urls(text)) > 1 or url.path.strip("/").isdigit():
        raise InvalidBroker(
            "a sentinel:// URL is written sentinel://host:26379;host2:26379/MASTER?db=0: the path names the master"
        )
    each = ";".join(f"sentinel://{url.userinfo}{host}/{url.database}" for host in url.hosts)
    options = _of_connections(url) | {"master_name": url.master}
    if url.of_sentinels:
        options["sentinel_kwargs"] = url.of_sentinels
    return Broker(each, options, url.tls)
