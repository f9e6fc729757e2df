"""kombu's channel to Redis with a client that is kept. Offered to kombu (docs/upstream/); it goes when kombu has it."""

import os
from typing import Any

from kombu.connection import Connection, ConnectionPool, PooledConnection
from kombu.transport import redis as kombu_redis
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from lessonhook.config.pools import KeptProducerPool, OwnPoolsAMQP


class KeptClientChannel(kombu_redis.Channel):
    """A channel for `redis://`, `rediss://` and `redis+socket://`."""

    _kept_client: Redis | None = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        """Answer the client of the channel's pool: the one made before, for as long as the pool is the same.

        kombu makes a `redis.Redis` for each publish and each acknowledgement, thousands a second, and drops it again.
        A client holds nothing but its pool, from which each command takes a connection, so threads may share it.
        The asynchronous ones are made once by kombu itself and hold a connection of their own: they are left alone.
        """
        if asynchronous:
            return super()._create_client(asynchronous=True)
        client = self._kept_client
        # A fork, a lost connection and a close each drop the pool; its client goes with it.
        if client is None or client.connection_pool is not self.pool:
            client = self._kept_client = super()._create_client()
        return client


class _PublisherChannel(KeptClientChannel):
    """A channel that one thread uses at a time, as those of a pool of producers are: with one connection, kept too."""

    _single: tuple[int, Redis, Redis] | None = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        """Answer a client that holds its connection; a forked child, and a pool that is another one, get a new one."""
        client = super()._create_client(asynchronous)
        if asynchronous:
            return client
        if self._single is None or self._single[:2] != (os.getpid(), client):
            single: Any = self.Client(connection_pool=self.pool, single_connection_client=True)
            # A pool asks a connection that it hands out whether it still lives; this one is made anew if it does not.
            single.connection.retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
            self._single = os.getpid(), client, single
        return self._single[2]


class _Transport(kombu_redis.Transport):
    Channel = _PublisherChannel


class _PublisherConnection(Connection):
    """A connection that resolves Redis to that transport, and leaves all others, Sentinel's among them, alone."""

    def get_transport_cls(self) -> Any:
        """Answer the transport's class; kombu asks at each new connection, after a failover too."""
        transport = super().get_transport_cls()
        return _Transport if transport is kombu_redis.Transport else transport

    def Pool(self, limit: int | None = None, **kwargs: Any) -> Any:  # noqa: N802  # kombu's name
        """Answer a pool of at most `limit` connections of this kind."""
        return _PublisherPool(self, limit, **kwargs)


class _PooledPublisherConnection(_PublisherConnection, PooledConnection):
    """A connection that a publisher borrows."""


class _PublisherPool(ConnectionPool):
    """A pool of such connections; kombu's would fill itself with its own class."""

    def new(self) -> Any:
        """Make one more connection with the parameters of the pool's first one."""
        return _PooledPublisherConnection(self, **dict(self.connection._info(resolve=False)))  # noqa: SLF001  # as kombu's


class PublisherAMQP(OwnPoolsAMQP):
    """What an application that publishes names as its `amqp_cls`, to have its clients and its producers kept."""

    Connection = _PublisherConnection
    producers_cls = KeptProducerPool
