"""kombu's transport for AMQP with a time limit for each wait. kombu's own waits for a reply without an end.

A RabbitMQ that stands still, or a reply that is lost on its way, would hold `.delay()` for ever while TLS begins, a
channel is opened or a queue is declared. A worker that waited so would take nothing. All these waits together end with
the limit of the call that they are made in, see `call_limit`. (py-amqp 5.4.2: `AbstractChannel.wait`,
`Connection.blocking_read`, `_AbstractTransport._init_socket`)
"""

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, Final

from lessonhook.config.call_limit import call_limit, time_left
from lessonhook.config.name_lookup import connect_by_name

_DRIVER: Final = "py-amqp"


@cache
def bounded(transport: Any) -> Any:
    """Return one of kombu's transports for AMQP with the time limit, or a transport of another broker as it is."""
    if transport.driver_name != _DRIVER:
        return transport
    return type(f"Bounded{transport.__name__}", (transport,), {"Connection": _bounded(transport.Connection)})


def _limit_of(seconds: float | None) -> AbstractContextManager[None]:
    """Return a limit of all waits in a block; None is no limit, and 0 waits for nothing."""
    return call_limit(seconds) if seconds else nullcontext()


def _in_time(transport: Any) -> Any:
    """Have what py-amqp connects with, its own transport, wait no longer than the call that it connects or reads for.

    py-amqp looks names up without a limit, takes it off before TLS, and begins it anew with each byte of a frame.
    """
    # There is no other place than these three.
    connect, begin = transport._connect, transport._setup_transport  # noqa: SLF001

    def connect_in_time(host: str, port: int, seconds: float | None) -> None:
        connect_by_name(host, seconds, lambda address: connect(address, port, time_left(seconds)))

    def begin_in_time() -> None:
        transport.sock.settimeout(time_left(transport.connect_timeout))
        begin()
        sock, receive = transport.sock, transport._quick_recv  # noqa: SLF001

        def receive_in_time(most_bytes: int) -> bytes:
            seconds = sock.gettimeout()
            # 0 is for what has come already.
            if not seconds or (left := time_left(seconds)) == seconds:
                return receive(most_bytes)  # type: ignore[no-any-return]  # py-amqp is untyped
            sock.settimeout(left)
            try:
                return receive(most_bytes)  # type: ignore[no-any-return]
            finally:
                sock.settimeout(seconds)

        transport._quick_recv = receive_in_time  # noqa: SLF001

    transport._connect = connect_in_time  # noqa: SLF001
    transport._setup_transport = begin_in_time  # noqa: SLF001
    return transport


class _BoundedWait:
    """What waits for a reply: a channel, or a connection for itself."""

    connection: Any

    def wait(self, *arguments: Any, **options: Any) -> Any:
        """Wait for a reply. Raise TimeoutError if it does not come in time, whatever else comes meanwhile.

        Heartbeats do come. With a limit for each frame alone, a lost reply would be waited for until the broker closes
        the connection.
        """
        with _limit_of(getattr(self.connection, "reply_seconds", None)):
            return super().wait(*arguments, **options)  # type: ignore[misc]  # of the class mixed with


def _bounded(connection: Any) -> Any:
    class BoundedChannel(_BoundedWait, connection.Channel):
        """A channel whose replies are waited for no longer than that."""

    class BoundedConnection(_BoundedWait, connection):
        """A connection that waits no longer than `socket_timeout`, in seconds, of the transport's options."""

        Channel = BoundedChannel
        connect_timeout: float | None
        recoverable_channel_errors: tuple[type[Exception], ...]
        recoverable_connection_errors: tuple[type[Exception], ...]

        def __init__(self, *arguments: Any, socket_timeout: float | None = None, **options: Any) -> None:
            super().__init__(*arguments, **options)
            #: How long one reply may take.
            self.reply_seconds = socket_timeout

        def connect(self, callback: Any = None) -> Any:
            """Connect, by the time limit for that, and limit each later read and write of the socket."""
            # py-amqp takes it for each address and for each frame of the greeting.
            self.connect_timeout = time_left(self.connect_timeout)
            try:
                with _limit_of(self.connect_timeout):
                    super().connect(callback)
            except self.recoverable_channel_errors as error:
                # There is no channel yet. After an error of a channel a worker that starts would not try again.
                raise self.recoverable_connection_errors[0](str(error)) from error
            self.transport.sock.settimeout(self.reply_seconds)

        def Transport(self, *arguments: Any, **options: Any) -> Any:  # noqa: N802  # py-amqp's name
            """Return a transport that looks a name up, begins TLS and reads each part of a frame within the limit."""
            return _in_time(super().Transport(*arguments, **options))

        def blocking_read(self, timeout: float | None = None) -> Any:
            """Read a frame. Raise TimeoutError if it takes longer than `timeout`, or than a reply may."""
            limit = self.reply_seconds if timeout is None else timeout
            try:
                with _limit_of(limit):
                    return super().blocking_read(time_left(limit))
            except TimeoutError:
                if timeout is None:
                    # The reply may still come, and would be taken for the next one.
                    self.collect()
                raise

    return BoundedConnection
