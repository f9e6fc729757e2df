"""kombu's channel by Sentinel, which asks each Sentinel once. See `asked_once`."""

from typing import Any

from kombu.transport import redis as kombu_redis

from lessonhook.config.limited_connection import asked_once


class PromptSentinelChannel(kombu_redis.SentinelChannel):
    """A channel for `sentinel://`."""

    def _sentinel_managed_pool(self, asynchronous: bool = False) -> Any:
        """Return kombu's pool of connections to the master. Nothing is connected yet."""
        pool = super()._sentinel_managed_pool(asynchronous)
        asked_once(pool.sentinel_manager)
        return pool
