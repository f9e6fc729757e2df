"""The connections to endpoints that are kept between two POSTs."""

import asyncio
from collections import OrderedDict
from typing import Final

from lessonhook.worker.client.endpoint_connection import EndpointConnection, Key

#: How long a connection is kept unused. A common default of servers is to close one after 5 s (Node.js, Apache httpd,
#: uvicorn), others wait for a minute. Below the shortest common one, an endpoint hardly ever closes just as we send;
#: beyond it, what a new connection costs is nothing to a subscriber who has waited for seconds.
IDLE_SECONDS: Final = 4.0
#: An endpoint that says how long it waits (`Keep-Alive: timeout=2`) is left this much earlier.
IDLE_MARGIN_SECONDS: Final = 1.0
#: After an endpoint closed a kept connection just as a request went out, none to it is kept for this long.
DISTRUST_SECONDS: Final = 300.0
#: Endpoints that are remembered so.
_DISTRUSTED_AT_MOST: Final = 10_000


class IdleConnections:
    """At most `limit` connections, none for longer than IDLE_SECONDS. Used on the loop only."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        #: Oldest first.
        self._kept: OrderedDict[EndpointConnection, None] = OrderedDict()
        self._by_key: dict[Key, list[EndpointConnection]] = {}
        self._distrusted: OrderedDict[Key, float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, key: Key) -> EndpointConnection | None:
        """Return a connection that is open as far as can be known, the last used one first; None if there is none."""
        now = asyncio.get_running_loop().time()
        while kept := self._by_key.get(key):
            connection = kept[-1]
            self._forget(connection)
            if now < connection.kept_until and connection.is_quiet():
                connection.reused = True
                return connection
            connection.close()
        return None

    def keep(self, connection: EndpointConnection, seconds: float = IDLE_SECONDS) -> None:
        """Keep a connection for the next POST, at most for this long; close it where none is kept."""
        loop = asyncio.get_running_loop()
        if self._closed or seconds <= 0 or self._is_distrusted(connection.key, loop.time()):
            connection.close()
            return
        connection.kept_until = loop.time() + seconds
        connection.on_end = self._forget
        self._kept[connection] = None
        self._by_key.setdefault(connection.key, []).append(connection)
        while len(self._kept) > self._limit:
            self._drop(next(iter(self._kept)))
        if self._timer is None:
            self._timer = loop.call_later(IDLE_SECONDS, self._drop_idle)

    def distrust(self, key: Key) -> None:
        """Keep no connection to this endpoint for a while: it closes them without a word."""
        now = asyncio.get_running_loop().time()
        for connection in list(self._by_key.get(key, ())):
            self._drop(connection)
        self._distrusted[key] = now + DISTRUST_SECONDS
        self._distrusted.move_to_end(key)
        while len(self._distrusted) > _DISTRUSTED_AT_MOST:
            self._distrusted.popitem(last=False)

    def close(self) -> None:
        """Close all of them, and those that come back later."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for connection in list(self._kept):
            self._drop(connection)

    def _is_distrusted(self, key: Key, now: float) -> bool:
        until = self._distrusted.get(key)
        if until is not None and until <= now:
            del self._distrusted[key]
            return False
        return until is not None

    def _drop(self, connection: EndpointConnection) -> None:
        self._forget(connection)
        connection.close()

    def _forget(self, connection: EndpointConnection) -> None:
        if connection not in self._kept:
            return
        del self._kept[connection]
        connection.on_end = None
        same_key = self._by_key[connection.key]
        same_key.remove(connection)
        if not same_key:
            del self._by_key[connection.key]

    def _drop_idle(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in [each for each in self._kept if each.kept_until <= now]:
            self._drop(connection)
        self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._drop_idle) if self._kept else None
