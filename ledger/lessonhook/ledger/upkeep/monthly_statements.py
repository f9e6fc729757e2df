"""Keeps how the POSTs of a month's statements went, so that many workers post each one once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from redis import Redis

_KEY: Final = "lessonhook:monthly-statements"
#: Longer than a statement is tried.
_LIFE_SECONDS: Final = 10 * 86_400


@dataclass(frozen=True, slots=True)
class Tried:
    """How the statement of one subscriber went."""

    tries: int = 0
    #: When it is tried again, in ms since 1970; 0: not again, if it was tried.
    next_ms: int = 0

    def is_due(self, now_ms: int) -> bool:
        """Return whether it is to be tried now."""
        return not self.tries or 0 < self.next_ms <= now_ms


class MonthlyStatements:
    """The statements of one ledger. A `month` is text such as 2026-10. Every call may raise `RedisError`."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def of(self, month: str) -> Mapping[str, Tried]:
        """Return how each statement of a month went that was tried."""
        stored: Any = self._redis.hgetall(_KEY)
        fields = {name.decode(): int(value) for name, value in stored.items()}
        start = f"{month}/"
        numbers = {name.removeprefix(start): value for name, value in fields.items() if name.startswith(start)}
        names = [name.removesuffix("/tries") for name in numbers if name.endswith("/tries")]
        return {name: Tried(numbers[f"{name}/tries"], numbers.get(f"{name}/next", 0)) for name in names}

    def claim(self, month: str, subscriber: str, before: Tried, *, next_ms: int) -> bool:
        """Count a try before it is made. Return whether it is this worker's.

        If the worker crashes during its POST, the statement is tried again at `next_ms`.
        """
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hincrby(_KEY, f"{month}/{subscriber}/tries", 1)
            pipeline.hset(_KEY, f"{month}/{subscriber}/next", str(next_ms))
            pipeline.expire(_KEY, _LIFE_SECONDS)
            tries: int = pipeline.execute()[0]
        # Another worker counted the same try first.
        return tries == before.tries + 1

    def end(self, month: str, subscriber: str) -> None:
        """Note that a statement is not tried again: it was accepted, or given up."""
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hset(_KEY, f"{month}/{subscriber}/next", "0")
            pipeline.expire(_KEY, _LIFE_SECONDS)
            pipeline.execute()
