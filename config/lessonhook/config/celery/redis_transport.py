"""kombu's Redis transport with five mends.

Without them a worker exits when it loses its broker, spends a fifth of its time on making clients, leaves replies to
remote commands in Redis for ever, exits for an error reply about the server, and leaves a file behind when it loses its
broker (`held_messages`). The first three are written up for kombu (docs/upstream/). This file goes when the releases
that we accept have all of them. A test of kombu's own transport fails as soon as the first one is not needed.
"""

from typing import Any, Final

from kombu.transport import pyamqp
from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError as RedisConnectionError

from lessonhook.config.celery.held_messages import HeldMessages
from lessonhook.config.celery.kept_client_channel import KeptClientChannel
from lessonhook.config.celery.message_guard import (
    GuardedAmqpsTransport,
    GuardedAmqpTransport,
    GuardedChannel,
    GuardedTransport,
)
from lessonhook.config.celery.sentinel_channel import PromptSentinelChannel

#: The end of the name of each queue for replies to a remote command.
_REPLY_QUEUE: Final = ".reply.celery.pidbox"
#: Longer than any client waits for a reply.
_REPLY_LIFE_MS: Final = 60_000
#: Never there. A command that deletes is refused where nothing may be written, but not where memory is full: a worker
#: that delivers makes room.
_WRITABLE_KEY: Final = "writable"


class Channel(KeptClientChannel, GuardedChannel):
    """A channel for `redis://`, `rediss://` and `redis+socket://`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.ack_emulation:
            self.QoS = HeldMessages

    def _connparams(self, asynchronous: bool = False) -> Any:
        """Return kombu's parameters of a connection. Raises redis' ConnectionError if the connection is closed.

        When Redis is lost, Celery closes the connection twice. First `collect` fails halfway, and leaves a channel that
        still holds messages with a transport that has no client any more. Then `close` gives those messages back, and
        kombu reads the hostname of that None. Celery does not expect an AttributeError from a closing connection, so
        the worker exits. It expects a ConnectionError, so with this one the worker reconnects. The messages come back
        by the visibility timeout, or sooner by the ledger's sweep.
        """
        if self.connection is None or self.connection.client is None:
            raise RedisConnectionError("this channel's connection is closed, so it cannot open another one")
        return super()._connparams(asynchronous=asynchronous)

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        """Put a message into its queue. A reply to a remote command gets a lifetime.

        The client that asked may be gone by now, and kombu would leave the reply in Redis for ever.
        """
        super()._put(queue, message, **kwargs)
        if queue.endswith(_REPLY_QUEUE):
            with self.conn_or_acquire() as client:
                client.pexpire(queue, _REPLY_LIFE_MS)


class SentinelChannel(Channel, PromptSentinelChannel):
    """A channel for `sentinel://`, with our mends and kombu's code for Sentinel."""


class _Reconnecting(GuardedTransport):
    """A transport whose every error drops the connection, and that connects to a server which takes writes only.

    Celery's consumer reconnects on connection errors. kombu sorts most error replies as channel errors, and one of them
    ended the worker: after a failover, with a full disk, or for a right that its user lacked for a moment.
    """

    connection_errors = (*kombu_redis.Transport.connection_errors, *kombu_redis.Transport.channel_errors)

    def establish_connection(self) -> Any:
        """Connect. Raises the error of a server that would refuse all that a worker writes.

        Celery then waits, says why, and tries again. Without the check it would connect, fail and begin anew at once.
        """
        connection = super().establish_connection()
        channel = self._avail_channels[-1]
        try:
            channel.client.delete(_WRITABLE_KEY)
        except BaseException:
            self._avail_channels.remove(channel)
            channel.close()
            raise
        return connection


class Transport(_Reconnecting):
    """The transport for `redis://`, `rediss://` and `redis+socket://`."""

    Channel = Channel


class SentinelTransport(_Reconnecting, kombu_redis.SentinelTransport):
    """The transport for `sentinel://`."""

    Channel = SentinelChannel


_MENDED: Final[dict[Any, type]] = {
    kombu_redis.Transport: Transport,
    kombu_redis.SentinelTransport: SentinelTransport,
    pyamqp.Transport: GuardedAmqpTransport,
    pyamqp.SSLTransport: GuardedAmqpsTransport,
}


def mended(transport: Any) -> Any:
    """Return the mended form of one of kombu's transports, or that transport itself if it needs no mend."""
    return _MENDED.get(transport, transport)
