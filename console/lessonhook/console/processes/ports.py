"""Ports of the loopback, where everything of the demo and of `lessonhook run` listens."""

import random
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"
#: Below the range from which Linux (32768) and macOS (49152) take the ports of clients. On a busy machine a free
#: port of that range may be a client's a moment later, and then the server that was to listen there ends at once.
_LOWEST: Final = 20_000
_HIGHEST: Final = 32_000


def free_port() -> int:
    """Return a port on which nothing listens now, and which the system gives to no client."""
    return next(port for port in random.sample(range(_LOWEST, _HIGHEST), k=_HIGHEST - _LOWEST) if is_free(port))


def is_free(port: int) -> bool:
    """Return whether something could listen on a port now."""
    with socket.socket() as probe:
        # As servers do, because a port whose last connections only linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
