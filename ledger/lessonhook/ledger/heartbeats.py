"""Who works: each worker writes, with every sweep, that it is there and whether it takes what waits."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from redis import Redis

_KEY: Final = "lessonhook:workers"
#: A worker that has said nothing for so long is forgotten.
_REMEMBERED_SECONDS: Final = 86_400
#: A script, and so on Redis' own clock in one command, and allowed when Redis is full: a worker that can still deliver
#: must not look dead.
_BEAT: Final = """#!lua flags=allow-oom
local time = redis.call('TIME')
local beat = string.format('{"at": %d.%06d, "consuming": %s}', time[1], time[2], ARGV[2])
redis.call('HSET', KEYS[1], ARGV[1], beat)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return time[1] * 1000 + math.floor(time[2] / 1000)
"""
_READ: Final = """#!lua flags=no-writes
return { redis.call('TIME'), redis.call('HGETALL', KEYS[1]) }
"""


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
        self._beat = redis.register_script(_BEAT)
        self._read = redis.register_script(_READ)

    def beat(self, hostname: str, *, consuming: bool) -> int:
        """Write that a worker is there, and answer Redis' clock in milliseconds."""
        return int(self._beat(keys=[_KEY], args=[hostname, json.dumps(consuming), _REMEMBERED_SECONDS]))

    def last(self) -> list[Heartbeat]:
        """Read the last heartbeat of each worker, by name; forget those of which nothing was heard for a day."""
        answer: Any = self._read(keys=[_KEY])
        (seconds, microseconds), flat = answer
        now = int(seconds) + int(microseconds) / 1e6
        beats = []
        for name, value in zip(flat[::2], flat[1::2], strict=True):
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
