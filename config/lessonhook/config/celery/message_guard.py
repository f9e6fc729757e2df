"""Takes in only what can be one of our messages; drops all else that comes from the broker, in one log line.

A message is worth nothing here, since the ledger publishes each event's message again. But one malformed message could
end every worker: the exception that it raises on its way in ends Celery's consumer, the worker gives the message back
as it exits, and the next worker takes it. Everyone who can write to the broker could do so.
"""

import logging
from contextlib import suppress
from queue import Empty
from typing import Any, Final

from kombu.exceptions import InconsistencyError, OperationalError
from kombu.transport import pyamqp
from kombu.transport import redis as kombu_redis
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads
from redis.exceptions import DataError, RedisError

_log = logging.getLogger("lessonhook.worker")
#: Ours have less than a thousandth of it. A longer one is not read as JSON, which would take several times its size.
MESSAGE_LIMIT_BYTES: Final = 262_144
#: No message of ours is compressed. 200 kB were unpacked to 200 MB before anything looked at them.
_COMPRESSION: Final = "compression"
_OF_THE_CONNECTION: Final = (RedisError, OSError, OperationalError, InconsistencyError)


class MalformedMessage(ValueError):
    """A message is none of ours; the text says why, and quotes nothing of it."""


def log_dropped(queue: str, error: BaseException) -> None:
    """Log in one line that a message was dropped. Quote nothing of it, because it may hold anything."""
    why = str(error) if isinstance(error, MalformedMessage) else type(error).__name__
    _log.error("message.dropped queue=%s why=%r then=%r", queue, why, "the ledger publishes what is missing")


def is_of_the_connection(error: BaseException) -> bool:
    """Return whether an error that was raised while a message came in is the connection's, and not the message's."""
    return isinstance(error, _OF_THE_CONNECTION) and not isinstance(error, DataError)


class GuardedChannel(kombu_redis.Channel):
    """A channel to Redis that reads no message which is too long, or no JSON."""

    def _brpop_read(self, **options: Any) -> bool:
        """Take the message that BRPOP brought. As kombu's, but for what raises on the way."""
        try:
            queue, text = self._popped(**options)
            self._queue_cycle.rotate(queue)
            try:
                message = _read(text)
            except (ValueError, RecursionError) as error:
                log_dropped(queue, error)
            else:
                self.connection._deliver(message, queue)  # noqa: SLF001  # as kombu's own
            return True
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()

    def _popped(self, **options: Any) -> tuple[str, bytes]:
        try:
            popped = self.client.parse_response(self.client.connection, "BRPOP", **options)
        except self.connection_errors:
            self.client.connection.disconnect()
            raise
        if not popped:
            raise Empty
        key, text = popped
        return bytes_to_str(key).rsplit(self.sep, 1)[0], text


def _read(text: bytes) -> Any:
    if len(text) > MESSAGE_LIMIT_BYTES:
        raise MalformedMessage(f"{len(text):,} bytes, of at most {MESSAGE_LIMIT_BYTES:,}")
    return loads(bytes_to_str(text))


class GuardedTransport(kombu_redis.Transport):
    """A transport for Redis that drops a message which raises while it is taken in."""

    def _deliver(self, message: Any, queue: str) -> None:
        """Hand a message to its consumer."""
        try:
            _check_envelope(message)
            super()._deliver(message, queue)
        except Exception as error:
            if is_of_the_connection(error):
                raise
            log_dropped(queue, error)
            self._forget(message)

    def _forget(self, message: Any) -> None:
        """Acknowledge a message that a channel has written down already."""
        with suppress(TypeError, LookupError, AttributeError):
            tag = message["properties"]["delivery_tag"]
            for channel in self.channels:
                if tag in channel.qos._delivered:  # noqa: SLF001  # kombu has no other name for it
                    channel.basic_ack(tag)


def _check_envelope(message: Any) -> None:
    if not isinstance(message, dict) or not isinstance(message.get("properties"), dict):
        raise MalformedMessage("it is no message of kombu's")
    headers = message.get("headers") or {}
    if not isinstance(headers, dict):
        raise MalformedMessage("its headers are no object")
    if _COMPRESSION in headers:
        raise MalformedMessage("it is compressed")


class _AmqpMessage(pyamqp.Message):
    """A message whose acknowledgement may fail: RabbitMQ brings it again, and the ledger knows how its event ended."""

    def ack_log_error(self, logger: Any, errors: Any, multiple: bool = False) -> None:
        """Acknowledge it. If its connection is lost, log that in one line, and leave the rest to who reads from it.

        kombu logs a traceback for each message of a worker, and raises some of these errors in the turn's own thread,
        where nobody can connect anew.
        """
        del logger
        try:
            self.ack(multiple=multiple)
        except (OSError, *errors) as error:
            _log.warning(
                "message.not_acknowledged error=%s then=%r",
                type(error).__name__,
                "the broker brings it again, and its event is not sent twice",
            )


class _AmqpChannel(pyamqp.Channel):
    """A channel of AMQP that unpacks no message, hands on none that is too long, and stays closed when it is closed."""

    Message = _AmqpMessage

    def _do_revive(self) -> None:
        """Open nothing: the error that closed the channel drops the connection.

        py-amqp would open the channel anew before it raises that error, in the thread that takes messages. Where the
        reply to it was lost, the worker took none for half a minute.
        """
        self.is_open = False

    def message_to_python(self, raw_message: Any) -> Any:
        """Read a message. One that is packed, or too long, becomes one that Celery rejects as unreadable."""
        headers = raw_message.headers
        if isinstance(headers, dict):
            headers.pop(_COMPRESSION, None)
        if len(raw_message.body or b"") > MESSAGE_LIMIT_BYTES:
            raw_message.body = b"too long"
        return super().message_to_python(raw_message)


class _AmqpConnection(pyamqp.Connection):
    Channel = _AmqpChannel


class GuardedAmqpTransport(pyamqp.Transport):
    """kombu's transport for AMQP with that channel. Whatever closes the channel drops the connection.

    Celery's consumer reconnects on connection errors. An error that closes a channel alone ended the worker, or was
    logged and left it with a channel that brings nothing: for example what RabbitMQ says of a message that was not
    acknowledged within half an hour, as a countdown may be.
    """

    Connection = _AmqpConnection
    connection_errors = (*pyamqp.Transport.connection_errors, *pyamqp.Transport.channel_errors)


class GuardedAmqpsTransport(GuardedAmqpTransport, pyamqp.SSLTransport):
    """The same for `amqps://`."""
