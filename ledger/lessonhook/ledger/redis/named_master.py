"""The master that Sentinels name, without a connection to it."""

from typing import Any

from lessonhook.ledger.redis.connection import connect


class NamedMaster:
    """Asks the Sentinels of a URL, `sentinel://…` or `sentinels://…`. Every call may raise `RedisError`."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        client = connect(url, timeout_seconds=timeout_seconds, connect_timeout_seconds=timeout_seconds)
        self._pool: Any = client.connection_pool

    def address(self) -> tuple[str, int]:
        """Return the master's host and port, as its connections have them."""
        host, port = self._pool.sentinel_manager.discover_master(self._pool.service_name)
        return str(host), int(port)

    def close(self) -> None:
        """Close the connections to the Sentinels."""
        for sentinel in self._pool.sentinel_manager.sentinels:
            sentinel.close()
