"""kombu's Redis transport with three mends.

Without them a worker dies with its broker, spends a fifth of its time on making clients, and leaves answers that nobody
takes in Redis for ever. The first two are offered to kombu (docs/upstream/); this file goes when the releases that we
accept have all of them. A test of the stock transport fails on the day when the first one is no longer needed.
"""

from typing import Any, Final

from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError as RedisConnectionError

from lessonhook.config import KeptClientChannel

#: The queues of those who ask by remote control, each with a name of its own before this.
_ANSWERS: Final = ".reply.celery.pidbox"
#: Longer than anybody waits for an answer.
_ANSWER_LIFE_MS: Final = 60_000


class Channel(KeptClientChannel):
    """A channel for `redis://`, `rediss://` and `redis+socket://`."""

    def _connparams(self, asynchronous: bool = False) -> Any:
        """Answer what to connect with, as kombu does; raise redis' ConnectionError when the connection is closed.

        When Redis is lost, Celery closes the connection twice: by `collect`, which fails on the way and leaves a
        channel that still holds messages with a transport that has no client any more, and by `close`, which then
        wants to give those messages back. kombu reads the hostname of that None, and AttributeError is not among the
        errors that a closing connection may have: the worker exits. A ConnectionError is, so the worker reconnects,
        and the messages come back by the visibility timeout, or sooner by the ledger's sweep.
        """
        if self.connection is None or self.connection.client is None:
            raise RedisConnectionError("this channel's connection is closed, so it cannot open another one")
        return super()._connparams(asynchronous=asynchronous)

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        """Put a message into its queue; an answer to a remote command gets a lifetime.

        Who asked may be gone by now, and kombu leaves such an answer in Redis for ever.
        """
        super()._put(queue, message, **kwargs)
        if queue.endswith(_ANSWERS):
            with self.conn_or_acquire() as client:
                client.pexpire(queue, _ANSWER_LIFE_MS)


class SentinelChannel(Channel, kombu_redis.SentinelChannel):
    """A channel for `sentinel://`: our mends, then kombu's knowledge of Sentinel."""


class Transport(kombu_redis.Transport):
    """The transport for `redis://`, `rediss://` and `redis+socket://`."""

    Channel = Channel


class SentinelTransport(kombu_redis.SentinelTransport):
    """The transport for `sentinel://`."""

    Channel = SentinelChannel


_MENDED: Final[dict[Any, type]] = {
    kombu_redis.Transport: Transport,
    kombu_redis.SentinelTransport: SentinelTransport,
}


def mended(transport: Any) -> Any:
    """Answer our form of a kombu transport class, or that class itself where nothing is to be mended."""
    return _MENDED.get(transport, transport)
