"""Deletes the libraries of releases and settings that are gone: Redis keeps a library until somebody deletes it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from redis import Redis

from lessonhook.ledger.transitions.assembly import LIBRARY_PREFIX

if TYPE_CHECKING:
    from lessonhook.ledger.transitions.scripts import Scripts

_KEY: Final = "lessonhook:libraries"
#: A library that no worker has used for this long is deleted. A process that still needs it loads it again.
_KEPT_SECONDS: Final = 86_400


class Libraries:
    """The libraries on one server, or on every master of a Cluster."""

    def __init__(self, redis: "Redis", scripts: "Scripts") -> None:
        self._redis: Any = redis
        self._own = scripts.calls.library_name

    def tidy(self, now_ms: int) -> list[str]:
        """Note that this process uses its library, and delete those that are no longer in use; return their names.

        `now_ms` is Redis' clock. A library that no worker has noted yet, because it was loaded by a producer or through
        another database of the server, is noted now, so it stays for a day.
        Raise ResponseError if the server or the user's rights have no functions, or if Redis' memory is full.
        """
        now = now_ms // 1000
        loaded = {name for node in self._masters() for name in self._names(node)}
        self._redis.zadd(_KEY, {self._own: now})
        if others := loaded - {self._own}:
            self._redis.zadd(_KEY, dict.fromkeys(others, now), nx=True)
        self._redis.expire(_KEY, 2 * _KEPT_SECONDS)
        unused = [name.decode() for name in self._redis.zrangebyscore(_KEY, "-inf", now - _KEPT_SECONDS)]
        for name in unused:
            for node in self._masters():
                if name in self._names(node):
                    self._redis.execute_command("FUNCTION DELETE", name, **node)
            self._redis.zrem(_KEY, name)
        return unused

    def _masters(self) -> Iterator[dict[str, Any]]:
        """Yield for each server the option that sends a command there."""
        if isinstance(self._redis, Redis):
            yield {}
        else:
            for node in self._redis.get_primaries():
                yield {"target_nodes": node}

    def _names(self, node: dict[str, Any]) -> list[str]:
        found = self._redis.execute_command("FUNCTION LIST", "LIBRARYNAME", f"{LIBRARY_PREFIX}*", **node)
        return [dict(zip(facts[::2], facts[1::2], strict=True))[b"library_name"].decode() for facts in found]
