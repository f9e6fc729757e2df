"""The broker's URL as Celery wants it, where that differs from how the ledger's Redis is named.

unix:///run/redis.sock?db=2               redis+socket:///run/redis.sock?virtual_host=2
sentinel://u:p@one:26379;two/main?db=0    sentinel://u:p@one:26379/0;sentinel://u:p@two:26379/0, master_name "main"
redis://h/0?db=3&max_connections=10       redis://h/3
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
        return Broker(_by_socket(RedisUrl.parse(url)), {})
    if scheme in _BY_SENTINEL:
        return _by_sentinel(url)
    if scheme in _BY_TCP:
        return Broker(";".join(_by_tcp(RedisUrl.parse(each)) for each in split_urls(url)), {})
    if scheme in _CLUSTERS:
        raise InvalidBroker(
            "Celery can't use a Redis Cluster as its broker: set LESSONHOOK_BROKER_URL to another server; "
            "the ledger may stay on the cluster"
        )
    return Broker(_supported(url), {})


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
    """Leave out the options of the ledger's client: kombu takes the database as the path, and fails on the rest."""
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
    options: dict[str, Any] = {"master_name": url.master}
    if url.of_sentinels:
        options["sentinel_kwargs"] = url.of_sentinels
    return Broker(each, options, url.tls)
