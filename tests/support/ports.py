"""Ports for servers that tests stop and start again on the same one."""

import random
import socket

LOOPBACK = "127.0.0.1"
#: Below the range that Linux (32768) and macOS (49152) take a client's own ports from. In that range a client that
#: keeps knocking at a stopped server's port is one day given this very port, connects to itself, and the server can
#: not have its port back.
_LOWEST, _HIGHEST = 20_000, 32_000


def free_port() -> int:
    """Answer a port of the loopback that nobody listens on now and no client will be given later."""
    for port in random.sample(range(_LOWEST, _HIGHEST), k=200):
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"200 ports of {_LOWEST}-{_HIGHEST} were tried and every one is taken")
