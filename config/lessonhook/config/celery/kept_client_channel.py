"""kombu's channel to Redis with a client that is kept, and connections that close when the server refuses to serve.

The kept client is offered to kombu (docs/upstream/); that part goes when kombu has it.
"""

from typing import Any

from kombu.transport import redis as kombu_redis
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from lessonhook.config.limited_connection import limited
from lessonhook.config.refusals import closed_by_refusals


class KeptClientChannel(kombu_redis.Channel):
    """A channel for `redis://`, `rediss://` and `redis+socket://`."""

    _kept_client: Redis | None = None

    def _connparams(self, asynchronous: bool = False) -> Any:
        """Return kombu's parameters of a connection, with a class that closes on error replies about the server.

        What fails by a lost connection is tried again once, at once. By default redis-py tries three times more and
        sleeps up to ten seconds between, and a worker's main thread with it: it would not hear of its own loss.

        What the main thread reads from its own two connections, the ones that bring messages and remote commands, is
        never tried again. redis-py would connect anew and wait on the new connection for something to arrive, for ever.
        The main thread would deliver nothing meanwhile. Celery's consumer reconnects instead.
        """
        parameters = super()._connparams(asynchronous=asynchronous)
        return parameters | {
            "connection_class": closed_by_refusals(limited(parameters["connection_class"])),
            "retry": Retry(NoBackoff(), 0 if asynchronous else 1, supported_errors=(RedisConnectionError,)),
        }

    def _create_client(self, asynchronous: bool = False) -> Any:
        """Return the client of the channel's pool: the same one until the pool changes.

        kombu makes a `redis.Redis` for each publish and each acknowledgement, thousands a second, and drops it again.
        A client holds nothing but its pool, from which each command takes a connection, so threads may share it.
        kombu makes each asynchronous client only once, with a connection of its own, so those are left alone.
        """
        if asynchronous:
            return super()._create_client(asynchronous=True)
        client = self._kept_client
        # A fork, a lost connection and a close each drop the pool, and the client with it.
        if client is None or client.connection_pool is not self.pool:
            client = self._kept_client = super()._create_client()
        return client
