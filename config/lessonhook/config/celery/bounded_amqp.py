"""kombu's transport for AMQP with a time limit for each reply. kombu's own waits for one without an end.

A RabbitMQ that stands still, or a reply that is lost on its way, would hold `.delay()` for ever while a channel is
opened or a queue is declared. (py-amqp 5.3.1, `Connection.blocking_read`)
"""

from functools import cache
from typing import Any, Final

_DRIVER: Final = "py-amqp"


@cache
def bounded(transport: Any) -> Any:
    """Return one of kombu's transports for AMQP with the time limit, or a transport of another broker as it is."""
    if transport.driver_name != _DRIVER:
        return transport
    return type(f"Bounded{transport.__name__}", (transport,), {"Connection": _bounded(transport.Connection)})


def _bounded(connection: Any) -> Any:
    class BoundedConnection(connection):
        """A connection that waits no longer than `socket_timeout`, in seconds, of the transport's options."""

        def __init__(self, *arguments: Any, socket_timeout: float | None = None, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._reply_seconds = socket_timeout

        def connect(self, callback: Any = None) -> Any:
            """Connect, by the time limit for that, and limit each later read and write of the socket."""
            super().connect(callback)
            self.transport.sock.settimeout(self._reply_seconds)

        def blocking_read(self, timeout: float | None = None) -> Any:
            """Read a frame. Raise TimeoutError if it takes longer than `timeout`, or than a reply may."""
            try:
                return super().blocking_read(timeout)
            except TimeoutError:
                if timeout is None:
                    # The reply may still come, and would be taken for the next one.
                    self.collect()
                raise

    return BoundedConnection
