"""A server that takes connections and says nothing."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from lessonhook.console.processes import LOOPBACK


@contextmanager
def silent_port() -> Iterator[int]:
    """Yield a port of the loopback that takes connections and says nothing."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield listening.getsockname()[1]
