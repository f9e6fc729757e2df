"""The ledger's Redis for an event loop: the same server, credentials and database as a client for threads has."""

from typing import Any, Final

from redis import Redis, SSLConnection, UnixDomainSocketConnection
from redis.asyncio import ConnectionPool as LoopPool
from redis.asyncio import Redis as LoopRedis
from redis.asyncio import UnixDomainSocketConnection as LoopUnixConnection
from redis.asyncio.retry import Retry as LoopRetry
from redis.asyncio.sentinel import Sentinel as LoopSentinel
from redis.backoff import NoBackoff
from redis.sentinel import SentinelConnectionPool

from lessonhook.ledger.redis.loop_connection import (
    LoopConnection,
    LoopManagedConnection,
    LoopManagedSSLConnection,
    LoopSSLConnection,
)

#: What names a server and what proves to it who we are. The rest of a client's options belongs to its threads.
_KEPT: Final = frozenset(
    {
        "host", "port", "path", "db", "username", "password", "client_name",
        "socket_timeout", "socket_connect_timeout", "socket_keepalive",
        "ssl_ca_certs", "ssl_ca_path", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile",
    }
)  # fmt: skip


def loop_client(redis: Redis) -> LoopRedis | None:
    """Return a client for the running loop that reaches what `redis` reaches; None for a Cluster.

    Nothing is connected before the first call. Replies are RESP2, as `Pipe` reads them.
    """
    pool: Any = getattr(redis, "connection_pool", None)
    if pool is None:
        return None
    options = _options(pool.connection_kwargs)
    if isinstance(pool, SentinelConnectionPool):
        manager: Any = pool.sentinel_manager
        pools = [sentinel.connection_pool for sentinel in manager.sentinels]
        asked = [each.connection_kwargs for each in pools]
        of_sentinels = _options(asked[0], server=False) | {
            "ssl": issubclass(pools[0].connection_class, SSLConnection),
            # As `asked_once` says of a client for threads.
            "retry": LoopRetry(NoBackoff(), 0),
        }
        sentinels: Any = LoopSentinel(  # type: ignore[no-untyped-call]  # redis-py leaves it so
            [(each["host"], each["port"]) for each in asked], sentinel_kwargs=of_sentinels
        )
        for sentinel in sentinels.sentinels:
            sentinel.connection_pool.connection_class = LoopSSLConnection if of_sentinels["ssl"] else LoopConnection
        with_tls = issubclass(pool.connection_class, SSLConnection)
        managed = LoopManagedSSLConnection if with_tls else LoopManagedConnection
        master: LoopRedis = sentinels.master_for(pool.service_name, connection_class=managed, **options)
        return master
    if issubclass(pool.connection_class, UnixDomainSocketConnection):
        options["connection_class"] = LoopUnixConnection
    elif issubclass(pool.connection_class, SSLConnection):
        options["connection_class"] = LoopSSLConnection
    else:
        options["connection_class"] = LoopConnection
    return LoopRedis(connection_pool=LoopPool(**options))


def _options(given: dict[str, Any], *, server: bool = True) -> dict[str, Any]:
    names = _KEPT if server else _KEPT - {"host", "port", "path", "db"}
    options = {name: value for name, value in given.items() if name in names}
    return options | {"protocol": 2}
