"""Repeats what was sent over a connection that the broker had closed, once and on a new connection.

A client notices a lost connection only when it next sends. Without this, the first publish after a restart of RabbitMQ
fails for each connection that was open. The clients for Redis do the same by themselves, see `publisher_connection`.
"""

from collections.abc import Callable
from typing import Any


def send_again_if_reused(producer: Any, send: Callable[[], object]) -> None:
    """Call `send`, which publishes by `producer`, and once more if its connection was open before and is lost.

    Raise what `send` raises otherwise. A time limit is raised too, since a broker that does not reply would use up a
    second one. `send` may have reached the broker both times, so the receiver of its message must allow for that.
    """
    connection = producer.connection
    if connection.transport.driver_type == "redis":
        send()
        return
    was_open = connection.connected
    try:
        send()
    except TimeoutError:
        # A part of a frame may have gone out, which the next one would follow.
        connection.collect()
        raise
    except (*connection.connection_errors, *connection.channel_errors):
        # RabbitMQ closes a channel after a publish, and the next one is told of it.
        connection.collect()
        if not was_open:
            raise
        producer.revive(connection.default_channel)
        send()
