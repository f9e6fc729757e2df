"""Announces which keys new values are sealed with, so that a worker that lacks one notices before it takes events.

Each process that seals announces its first key every ten minutes. A key that nobody announces any more seals nothing
new: it may still be needed for what it sealed before, but no worker stops for it.
"""

import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from redis import Redis

    from lessonhook.ledger.redis.vault import Vault

_KEY: Final = "lessonhook:sealing-keys"
_ANNOUNCE_EVERY_SECONDS: Final = 600
#: A key counts as in use for this long after its last announcement. For as long after a change of keys, a worker whose
#: former key was taken away counts as keyless.
_IN_USE_SECONDS: Final = 2 * _ANNOUNCE_EVERY_SECONDS
#: A script, because it goes by Redis' own clock.
_ANNOUNCE: Final = """#!lua flags=allow-oom
redis.call('HSET', KEYS[1], ARGV[1], redis.call('TIME')[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
"""


class SealingKeys:
    """The keys that new values of one ledger are sealed with. Every call may raise `redis.exceptions.RedisError`."""

    def __init__(self, redis: "Redis", vault: "Vault") -> None:
        self._redis = redis
        self._vault = vault
        self._announce = redis.register_script(_ANNOUNCE)
        self._announce_again_at = float("-inf")

    @property
    def is_due(self) -> bool:
        """Whether `announce` would ask Redis now."""
        return time.monotonic() >= self._announce_again_at

    def announce(self) -> None:
        """Announce how this process seals. It asks Redis once in ten minutes."""
        now = time.monotonic()
        if now < self._announce_again_at:
            return
        self._announce(keys=[_KEY], args=[self._vault.seals_by, _IN_USE_SECONDS])
        self._announce_again_at = now + _ANNOUNCE_EVERY_SECONDS

    def missing(self) -> list[str]:
        """Return the ids of the keys in use whose values this process cannot open, sorted."""
        announced: Any = self._redis.hgetall(_KEY)
        now: Any = self._redis.time()
        in_use = (name.decode() for name, at in announced.items() if now[0] - int(at) <= _IN_USE_SECONDS)
        return sorted(name for name in in_use if not self._vault.opens(name))
