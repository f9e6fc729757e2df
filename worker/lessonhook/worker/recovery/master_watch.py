"""Drops every connection to a master that Sentinel has replaced.

A master that hangs closes no connection. The broker's waited 10 s for its reply, and then the ledger's 10 s for its
own: 21 s from the last delivery to the next one, with a failover after 1 s (measured).
"""

import threading
from typing import TYPE_CHECKING, Final

import structlog
from redis.exceptions import RedisError

from lessonhook.config import RedisUrl, code_of, drop_connections, split_urls
from lessonhook.ledger import NamedMaster

if TYPE_CHECKING:
    from lessonhook.config import Settings

_log = structlog.get_logger("lessonhook.worker")
#: Between two questions to the Sentinels. One costs them some 0.1 ms, and deliveries go on within 5 s of a failover.
_LOOK_SECONDS: Final = 1.0
#: How long one of them may take to reply.
_TIMEOUT_SECONDS: Final = 1.0
#: How long a worker that ends waits for the last question.
_LEAVE_SECONDS: Final = 3.0


def sentinel_urls(settings: "Settings") -> list[str]:
    """Return the URLs by which Sentinels name the ledger's Redis and the broker's, each once."""
    urls = dict.fromkeys((settings.redis_url, *split_urls(settings.broker_url)))
    return [url for url in urls if url.startswith(("sentinel://", "sentinels://"))]


class MasterWatch:
    """A thread that asks who the master is, for each URL by Sentinel."""

    def __init__(self, urls: list[str]) -> None:
        self._masters = [
            (RedisUrl.parse(url).master, NamedMaster(url, timeout_seconds=_TIMEOUT_SECONDS)) for url in urls
        ]
        #: What each was named at the last look.
        self._known: dict[NamedMaster, tuple[str, int]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lessonhook-masters", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread. Returns within seconds in any case."""
        self._stop.set()
        self._thread.join(_LEAVE_SECONDS)

    def _run(self) -> None:
        while True:
            for name, master in self._masters:
                try:
                    self.look(name, master)
                except (RedisError, OSError) as error:
                    # No Sentinel replies, or none knows a master now. The limits of the replies hold as ever.
                    _log.debug("master.unknown", name=name, error=code_of(error))
            if self._stop.wait(_LOOK_SECONDS):
                break
        for _, master in self._masters:
            master.close()

    def look(self, name: str, master: NamedMaster) -> None:
        """Ask who the master is, and drop the connections to the one before. Raises RedisError."""
        present = master.address()
        former = self._known.get(master, present)
        self._known[master] = present
        if former != present:
            dropped = drop_connections(*former)
            _log.warning("master.replaced", name=name, connections=dropped, then="they are dropped, and made anew")
