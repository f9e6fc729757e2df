"""The client of the ledger's Redis: a single server, Sentinel or Cluster, by the scheme of its `RedisUrl`."""

from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelManagedConnection, SentinelManagedSSLConnection

from lessonhook.config import LimitedPool, RedisUrl, asked_once, closed_by_refusals, limited

#: A connection that was idle for longer than this is checked before its next command.
_HEALTH_CHECK_SECONDS: Final = 25
#: The pools of Sentinel and Cluster raise an error at their limit; the pool of one server lets its caller wait.
_UNLIMITED: Final = 2**31
_PORT: Final = 6379
#: A socket of this machine has neither.
_OF_TCP: Final = frozenset({"socket_connect_timeout", "socket_keepalive"})
#: Options of a URL that are read elsewhere.
_READ_ELSEWHERE: Final = frozenset({"db", "sentinel_username", "sentinel_password"})


class _Cluster(RedisCluster):
    """A cluster's client whose every failure is a `RedisError`, as a single server's are; redis-py's own is not."""

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command on the node that has its key."""
        try:
            return super().execute_command(*args, **kwargs)  # type: ignore[no-untyped-call]  # redis-py leaves it so
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error

    def determine_slot(self, *args: Any) -> Any:
        """Return the slot of a command's key. A command that was redirected and has none fails as Redis does.

        redis-py looks for the keys of `SCAN 0` as if each argument were a text, and of its first command, COMMAND, by
        what that command's reply will say.
        """
        try:
            return super().determine_slot(*args)
        except AttributeError as error:
            raise RedisClusterException(f"{args[0]} was redirected, and has no key") from error

    def close(self) -> None:
        """Close every connection. The next command connects again; redis-py's own client would know no node then."""
        for node in self.get_nodes():  # type: ignore[no-untyped-call]  # redis-py leaves it so
            if node.redis_connection:
                node.redis_connection.close()


def connect(url: str, *, timeout_seconds: float, connect_timeout_seconds: float, connections: int = 50) -> "Redis":
    """Make a client whose every wait has a limit. It connects at its first command; to a Cluster, it connects at once.

    A command on a broken connection is tried once more, because every transition may be repeated. A command that timed
    out is not, except in a Cluster, where the client asks again which node has the key.
    If more than `connections` threads call one server at once, the others wait for a connection, as long as for a
    reply. The clients of Sentinel and Cluster have no such limit.
    """
    parsed = RedisUrl.parse(url)
    options: dict[str, Any] = {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": connect_timeout_seconds,
        "socket_keepalive": True,
        "health_check_interval": _HEALTH_CHECK_SECONDS,
        "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        "username": parsed.username,
        "password": parsed.password,
    }
    given = {name: value for name, value in parsed.options.items() if name not in _READ_ELSEWHERE}
    options |= {name: value for name, value in given.items() if not name.startswith("ssl_")}
    options |= parsed.tls or {}
    if parsed.is_cluster:
        return _cluster(parsed, {"max_connections": _UNLIMITED} | options)
    options["db"] = parsed.database
    if parsed.by_sentinel:
        return _by_sentinel(parsed, {"max_connections": _UNLIMITED} | options)
    return _by_one_server(parsed, {"timeout": timeout_seconds, "max_connections": connections} | options)


def _by_one_server(url: RedisUrl, options: dict[str, Any]) -> "Redis":
    if url.scheme == "unix":
        kind: type[Any] = UnixDomainSocketConnection
        options = {name: value for name, value in options.items() if name not in _OF_TCP} | {"path": url.socket}
    else:
        kind = Connection if url.tls is None else SSLConnection
        [host] = url.hosts
        options |= {"host": host.name or "127.0.0.1", "port": host.port or _PORT}
    pool: Any = LimitedPool
    return Redis.from_pool(pool(connection_class=closed_by_refusals(limited(kind)), **options))


def _cluster(url: RedisUrl, options: dict[str, Any]) -> "Redis":
    first, *others = url.hosts
    nodes: Any = [ClusterNode(host.name, host.port or _PORT) for host in others]  # type: ignore[no-untyped-call]  # redis-py leaves it so
    kind = Connection if url.tls is None else SSLConnection
    options["connection_class"] = closed_by_refusals(limited(kind), of_a_cluster=True)
    # Only a client made by a URL takes a class for its connections; that URL names one node.
    address = f"redis://{first}"
    try:
        cluster: Any = _Cluster(startup_nodes=nodes, url=address, **options)
    except RedisClusterException as error:
        raise RedisConnectionError(str(error)) from error
    return cluster  # type: ignore[no-any-return]  # it has the commands that the ledger uses


def _by_sentinel(url: RedisUrl, options: dict[str, Any]) -> "Redis":
    """Make a client of the master that the Sentinels name. The credentials before the hosts are those of the master."""
    timeouts = {name: options[name] for name in ("socket_timeout", "socket_connect_timeout")}
    sentinel: Any = Sentinel(  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
        list(url.hosts), sentinel_kwargs=timeouts | url.of_sentinels
    )
    asked_once(sentinel)
    kind = SentinelManagedConnection if url.tls is None else SentinelManagedSSLConnection
    master: Redis = sentinel.master_for(url.master, connection_class=closed_by_refusals(limited(kind)), **options)
    return master
