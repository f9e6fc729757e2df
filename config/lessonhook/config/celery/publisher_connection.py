"""The connections of an application that publishes: each keeps its client and its connection to Redis."""

import os
from typing import Any, Final

from kombu.transport import redis as kombu_redis
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from lessonhook.config.celery.bounded_amqp import bounded
from lessonhook.config.celery.kept_client_channel import KeptClientChannel
from lessonhook.config.celery.own_transport import OwnTransportConnection
from lessonhook.config.celery.pools import KeptProducerPool, OwnPoolsAMQP
from lessonhook.config.celery.sentinel_channel import PromptSentinelChannel


class _PublisherChannel(KeptClientChannel):
    """A channel that one thread uses at a time, because a pool of producers lends it. It keeps one connection."""

    _single: tuple[int, Redis, Redis] | None = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        """Return a client that holds its connection. A forked child and a new pool get a new client."""
        client = super()._create_client(asynchronous)
        if asynchronous:
            return client
        if self._single is None or self._single[:2] != (os.getpid(), client):
            single: Any = self.Client(connection_pool=self.pool, single_connection_client=True)
            # A pool checks a connection before it lends it. This one is not checked; a dead one is made anew, once.
            single.connection.retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
            self._single = os.getpid(), client, single
        return self._single[2]


class _PublisherTransport(kombu_redis.Transport):
    Channel = _PublisherChannel


class _SentinelChannel(KeptClientChannel, PromptSentinelChannel):
    """A channel that takes a connection of a pool for each command: only a pool asks the Sentinels."""


class _SentinelTransport(kombu_redis.SentinelTransport):
    Channel = _SentinelChannel


_TRANSPORTS: Final[dict[Any, type]] = {
    kombu_redis.Transport: _PublisherTransport,
    kombu_redis.SentinelTransport: _SentinelTransport,
}


class _PublisherConnection(OwnTransportConnection):
    """A connection that uses those transports for Redis, and a bounded one for AMQP."""

    @staticmethod
    def transport_of(transport: Any) -> Any:
        """Return our transport in place of kombu's."""
        return _TRANSPORTS.get(transport) or bounded(transport)


class PublisherAMQP(OwnPoolsAMQP):
    """The `amqp_cls` of an application that publishes, so that its clients and its producers are kept."""

    Connection = _PublisherConnection
    producers_cls = KeptProducerPool
