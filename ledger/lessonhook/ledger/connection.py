"""One client of the ledger's Redis: single server, Sentinel or Cluster, told apart by the URL's scheme.

redis://…, rediss://…, unix://…                         one server
sentinel://host:26379;host2:26379/MASTER?db=0           the master that the Sentinels name
redis+cluster://host:7000                                a Redis Cluster
"""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelManagedConnection

_SENTINEL_PORT = 26_379
#: A connection that lay idle for so many seconds is asked first whether it still lives.
_HEALTH_CHECK_SECONDS = 25
#: Their pools raise an error where one server's lets its caller wait.
_UNLIMITED = 2**31


class _Cluster(RedisCluster):
    """A cluster's client whose every failure is a `RedisError`, as a single server's are; redis-py's own is not."""

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command on the node that has its key."""
        try:
            return super().execute_command(*args, **kwargs)  # type: ignore[no-untyped-call]  # redis-py leaves it so
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error


class _ToMaster(SentinelManagedConnection):
    """A connection that ends with an answer that does not come; redis-py's own is used again, and waits again.

    A master that hangs would keep its clients for as long as it does, long after another one took its place.
    """

    def read_response(self, *args: Any, **options: Any) -> Any:
        """Read an answer; whoever asks next finds out who is the master."""
        return super().read_response(*args, **{"disconnect_on_error": True, **options})


def connect(url: str, *, timeout_seconds: float, connect_timeout_seconds: float, connections: int = 50) -> "Redis":
    """Make a client that never waits for ever; no connection is opened before the first command, but to a Cluster.

    A connection that broke is tried once more, at once: every transition may be repeated. What timed out is not, but
    by a Cluster's client, which asks anew where the key is.
    Where more threads than `connections` ask one server at once, the others wait for theirs, as long as for an answer;
    Sentinel's and the Cluster's clients have no such limit to wait at.
    """
    options: dict[str, Any] = {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": connect_timeout_seconds,
        "socket_keepalive": True,
        "health_check_interval": _HEALTH_CHECK_SECONDS,
        "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    }
    scheme, _, rest = url.partition("://")
    if scheme == "redis+cluster":
        return _cluster(f"redis://{rest}", options | {"max_connections": _UNLIMITED})
    if scheme == "sentinel":
        return _by_sentinel(rest, options | {"max_connections": _UNLIMITED})
    pool = BlockingConnectionPool.from_url(url, timeout=timeout_seconds, max_connections=connections, **options)
    return Redis.from_pool(pool)


def _cluster(url: str, options: dict[str, Any]) -> "Redis":
    try:
        cluster: Any = _Cluster.from_url(url, **options)
    except RedisClusterException as error:
        raise RedisConnectionError(str(error)) from error
    return cluster  # type: ignore[no-any-return]  # it answers the commands that the ledger uses


def _by_sentinel(rest: str, options: dict[str, Any]) -> "Redis":
    """Read `[user:password@]host:port;host:port/MASTER?db=0`; the credentials are those of the master."""
    hosts, _, path = rest.partition("/")
    credentials, _, hosts = hosts.rpartition("@")
    username, _, password = credentials.rpartition(":")
    parts = urlsplit(f"//-/{path}")
    pairs = [host.rpartition(":") for host in hosts.replace(",", ";").split(";")]
    sentinels = [(name or port, int(port) if name else _SENTINEL_PORT) for name, _, port in pairs]
    query = dict(parse_qsl(parts.query))
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        sentinels, sentinel_kwargs={"socket_timeout": options["socket_timeout"]}
    )
    master: Redis = sentinel.master_for(
        unquote(parts.path.strip("/")) or "mymaster",
        username=unquote(username) or None,
        password=unquote(password) or None,
        db=int(query.get("db", "0")),
        connection_class=_ToMaster,
        **options,
    )
    return master
