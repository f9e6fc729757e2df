"""redis-py's connections for an event loop, whose names are looked up within the limit, see `name_lookup` in config.

asyncio looks a name up in a thread of the loop's executor. While no name server replied, each try to connect kept one
of them, and the LMS's own `asyncio.to_thread` waited for a free one.
"""

from collections.abc import Mapping
from typing import Any

from redis.asyncio import Connection, SSLConnection
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection

from lessonhook.config import addresses_on_loop


class _LookedUp:
    host: str
    socket_connect_timeout: float | None
    #: While it connects with one address.
    _address: str | None = None

    async def _connect(self) -> None:
        """Connect with the first address that accepts. Raises the last one's OSError or TimeoutError."""
        *others, last = await addresses_on_loop(self.host, self.socket_connect_timeout)
        for address in others:
            try:
                return await self._connect_with(address)
            except OSError:
                continue
        return await self._connect_with(last)

    async def _connect_with(self, address: str) -> None:
        self._address = address
        try:
            await super()._connect()  # type: ignore[misc]  # of the class mixed with
        finally:
            self._address = None

    def _connection_arguments(self) -> Mapping[str, Any]:
        """Return what asyncio connects with. The certificate is the name's."""
        arguments: dict[str, Any] = {**super()._connection_arguments()}  # type: ignore[misc]
        if self._address is not None:
            arguments["host"] = self._address
            if "ssl" in arguments:
                arguments["server_hostname"] = self.host
        return arguments


class LoopConnection(_LookedUp, Connection):
    """A connection to one server."""


class LoopSSLConnection(_LookedUp, SSLConnection):
    """The same with TLS."""


class LoopManagedConnection(_LookedUp, SentinelManagedConnection):
    """A connection to the master that Sentinels name."""


class LoopManagedSSLConnection(_LookedUp, SentinelManagedSSLConnection):
    """The same with TLS."""
