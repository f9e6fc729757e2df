"""An open connection to an endpoint, and the ones that are kept for the next POST."""

import select
import socket
import ssl
import threading
import time
from collections import OrderedDict
from typing import Final, NamedTuple

#: How long a connection is kept unused. A common default of servers is to close one after 5 s (Node.js, Apache httpd,
#: uvicorn), others wait for a minute. Below the shortest common one, an endpoint hardly ever closes just as we send;
#: beyond it, what a new connection costs is nothing to a subscriber who has waited for seconds.
IDLE_SECONDS: Final = 4.0
#: An endpoint that says how long it waits (`Keep-Alive: timeout=2`) is left this much earlier.
IDLE_MARGIN_SECONDS: Final = 1.0


class Key(NamedTuple):
    """What a connection is good for."""

    scheme: str
    host: str
    port: int


class Connection:
    """A socket to a checked address, TLS on it where the URL says so."""

    __slots__ = ("kept_until", "key", "reused", "sock")

    def __init__(self, key: Key, sock: socket.socket) -> None:
        self.key = key
        self.sock = sock
        self.reused = False
        self.kept_until = 0.0

    def is_quiet(self) -> bool:
        """Tell whether nothing came since the last answer.

        An idle endpoint has nothing to say: what can be read is its end of the connection, or no answer of ours.
        """
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            # Decrypted with the last answer, and no longer to be seen at the socket.
            return False
        poll = select.poll()
        poll.register(self.sock, select.POLLIN | select.POLLPRI)
        return not poll.poll(0)

    def close(self) -> None:
        """Close it; what the endpoint still has to say is lost."""
        self.sock.close()


class KeptConnections:
    """The connections between two POSTs, for all threads: whichever delivers next to an endpoint finds them.

    At most `limit` are kept, and none for longer than IDLE_SECONDS: a timer closes them if no POST does.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        #: Oldest first.
        self._kept: OrderedDict[Connection, None] = OrderedDict()
        self._by_key: dict[Key, list[Connection]] = {}
        self._timer: threading.Timer | None = None
        self._closed = False

    def take(self, key: Key) -> Connection | None:
        """Answer a connection that is open as far as can be known, the last used one first; None if there is none."""
        while True:
            with self._lock:
                kept = self._by_key.get(key)
                if not kept:
                    return None
                connection = kept[-1]
                self._forget(connection)
            if time.monotonic() < connection.kept_until and connection.is_quiet():
                connection.reused = True
                return connection
            connection.close()

    def keep(self, connection: Connection, seconds: float = IDLE_SECONDS) -> None:
        """Keep a connection for the next POST, at most for this long."""
        with self._lock:
            if self._closed:
                dropped = [connection]
            else:
                connection.kept_until = time.monotonic() + seconds
                self._kept[connection] = None
                self._by_key.setdefault(connection.key, []).append(connection)
                dropped = self._pop_oldest(beyond=self._limit)
                self._wind_up()
        for each in dropped:
            each.close()

    def close(self) -> None:
        """Close all of them, and those that come back later."""
        with self._lock:
            self._closed = True
            dropped = self._pop_oldest(beyond=0)
            if self._timer is not None:
                self._timer.cancel()
        for each in dropped:
            each.close()

    def _pop_oldest(self, *, beyond: int) -> list[Connection]:
        popped = []
        while len(self._kept) > beyond:
            oldest = next(iter(self._kept))
            self._forget(oldest)
            popped.append(oldest)
        return popped

    def _forget(self, connection: Connection) -> None:
        del self._kept[connection]
        same_key = self._by_key[connection.key]
        same_key.remove(connection)
        if not same_key:
            del self._by_key[connection.key]

    def _wind_up(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(IDLE_SECONDS, self._drop_idle)
            self._timer.daemon = True
            try:
                self._timer.start()
            except RuntimeError:
                # No thread to be had: the next POST, or the end of the process, closes them.
                self._timer = None

    def _drop_idle(self) -> None:
        now = time.monotonic()
        with self._lock:
            dropped = [connection for connection in self._kept if connection.kept_until <= now]
            for connection in dropped:
                self._forget(connection)
            self._timer = None
            if self._kept:
                self._wind_up()
        for connection in dropped:
            connection.close()
