"""Who works: each worker writes, after every sweep, that it is there and whether it takes what waits."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from redis import Redis

_KEY: Final = "lessonhook:workers"
#: A worker that has said nothing for so long is forgotten.
_REMEMBERED_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The last that was heard of a worker, by Redis' clock."""

    hostname: str
    at: datetime
    seconds_ago: float
    #: False if work waited in the broker and this worker took none.
    consuming: bool


class Heartbeats:
    """The workers of one ledger."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def _now(self) -> float:
        seconds, microseconds = self._redis.time()
        return float(seconds) + float(microseconds) / 1e6

    def beat(self, hostname: str, *, consuming: bool) -> None:
        """Write that a worker is there."""
        self._redis.hset(_KEY, hostname, json.dumps({"at": self._now(), "consuming": consuming}))
        self._redis.expire(_KEY, _REMEMBERED_SECONDS)

    def last(self) -> list[Heartbeat]:
        """Read the last heartbeat of each worker, by name; forget those of which nothing was heard for a day."""
        now = self._now()
        beats = []
        written: Any = self._redis.hgetall(_KEY)
        for name, value in written.items():
            beat = json.loads(value)
            if now - beat["at"] > _REMEMBERED_SECONDS:
                self._redis.hdel(_KEY, name)
                continue
            beats.append(
                Heartbeat(
                    hostname=name.decode(),
                    at=datetime.fromtimestamp(beat["at"], UTC),
                    seconds_ago=max(0.0, now - beat["at"]),
                    consuming=beat["consuming"],
                )
            )
        return sorted(beats, key=lambda beat: beat.hostname)
