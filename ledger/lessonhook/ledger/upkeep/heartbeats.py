"""Shows which workers are alive: with every sweep each one writes a heartbeat, and whether it receives messages."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from redis import Redis

_KEY: Final = "lessonhook:workers"
#: A worker is forgotten after this long without a heartbeat.
_REMEMBERED_SECONDS: Final = 86_400
#: Before the name of a queue in the same hash. A node name has an `@`, so no worker can be called this.
_QUEUE: Final = "queue:"
#: A script, because it uses Redis' own clock in one command and may run when Redis is full: a worker that can still
#: deliver must not look dead. Its arguments: the node name, its heartbeat without the time, how long to remember, and
#: the fields of the queues that it takes from.
_BEAT: Final = """#!lua flags=allow-oom
local time = redis.call('TIME')
local at = string.format('%d.%06d', time[1], time[2])
redis.call('HSET', KEYS[1], ARGV[1], '{"at": ' .. at .. ', ' .. ARGV[2] .. '}')
for index = 4, #ARGV do
  redis.call('HSET', KEYS[1], ARGV[index], at)
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return time[1] * 1000 + math.floor(time[2] / 1000)
"""
_READ: Final = """#!lua flags=no-writes
return { redis.call('TIME'), redis.call('HGETALL', KEYS[1]) }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The last heartbeat of a worker, by Redis' clock."""

    hostname: str
    at: datetime
    seconds_ago: float
    #: False if messages waited in the broker and this worker received none.
    consuming: bool
    #: The queues that it takes from.
    queues: tuple[str, ...] = ()
    #: True if it lacks a key that new values are sealed with. It takes no messages while another worker has the key.
    keyless: bool = False
    #: The mark of the ledger that it began with; "" if there was none. Another one now: the ledger was emptied.
    ledger: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A queue that no live worker takes from."""

    queue: str
    #: The last heartbeat of a worker that took from it; None if there was none in the last day.
    since: datetime | None


class Heartbeats:
    """The heartbeats of one ledger's workers."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._beat = redis.register_script(_BEAT)
        self._read = redis.register_script(_READ)

    def beat(
        self,
        hostname: str,
        *,
        consuming: bool,
        queues: Collection[str] = (),
        keyless: bool = False,
        ledger: str = "",
    ) -> int:
        """Write the heartbeat of a worker and return Redis' clock in milliseconds."""
        beat = {"consuming": consuming, "queues": sorted(queues), "keyless": keyless, "ledger": ledger}
        facts = json.dumps(beat)[1:-1]
        # A deaf worker serves no queue.
        served = [_QUEUE + queue for queue in queues if consuming]
        return int(self._beat(keys=[_KEY], args=[hostname, facts, _REMEMBERED_SECONDS, *served]))

    def forget(self, hostname: str) -> None:
        """Delete the heartbeat of a worker that ends as it was told to, so that nobody waits for it."""
        self._redis.hdel(_KEY, hostname)

    def last(self) -> list[Heartbeat]:
        """Return the last heartbeat of each worker, by name, and delete those that are older than a day."""
        now, fields = self._fields()
        beats = []
        for name, value in fields.items():
            if name.startswith(_QUEUE):
                continue
            beat = json.loads(value)
            if now - beat["at"] > _REMEMBERED_SECONDS:
                self._redis.hdel(_KEY, name)
                continue
            beats.append(_heartbeat(name, beat, now))
        return sorted(beats, key=lambda beat: beat.hostname)

    def unserved(self, queues: Collection[str], *, within_seconds: float) -> list[Unserved]:
        """Return those of the queues that no worker takes from, by the heartbeats of the last `within_seconds`."""
        now, fields = self._fields()
        beats = [
            _heartbeat(name, json.loads(value), now) for name, value in fields.items() if not name.startswith(_QUEUE)
        ]
        alive = [beat for beat in beats if beat.consuming and beat.seconds_ago <= within_seconds]
        found = []
        for queue in queues:
            if not any(queue in beat.queues for beat in alive):
                at = fields.get(_QUEUE + queue)
                found.append(Unserved(queue=queue, since=datetime.fromtimestamp(float(at), UTC) if at else None))
        return found

    def _fields(self) -> tuple[float, dict[str, bytes]]:
        """Return Redis' clock in seconds, and the hash."""
        reply: Any = self._read(keys=[_KEY])
        (seconds, microseconds), flat = reply
        fields = {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}
        return int(seconds) + int(microseconds) / 1e6, fields


def _heartbeat(name: str, beat: dict[str, Any], now: float) -> Heartbeat:
    return Heartbeat(
        hostname=name,
        at=datetime.fromtimestamp(beat["at"], UTC),
        seconds_ago=max(0.0, now - beat["at"]),
        consuming=beat["consuming"],
        queues=tuple(beat.get("queues", ())),
        keyless=beat.get("keyless", False),
        ledger=beat.get("ledger", ""),
    )
