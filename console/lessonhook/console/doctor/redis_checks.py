"""Whether the ledger's Redis can be trusted with events: its version, its disk, its memory, its clock."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import NoPermissionError

from lessonhook.config import OLDEST_REDIS
from lessonhook.console.doctor.finding import Finding, fail, ok, warn
from lessonhook.desk.words import span
from lessonhook.ledger import is_new_enough, version_of

if TYPE_CHECKING:
    from redis import Redis

#: Of `maxmemory`, or of the machine's memory where none is set.
_MEMORY_WARN: Final = 0.75
_MEMORY_FAIL: Final = 0.9
#: Seconds between Redis' clock and this machine's. Leases and delays use Redis' clock alone. The time in a signature
#: is this machine's, and receivers refuse one that is five minutes off.
_CLOCK_WARN: Final = 2.0
_CLOCK_FAIL: Final = 60.0


def check_redis(redis: "Redis", server: str) -> Iterator[Finding]:
    """Yield findings. Raises `redis.exceptions.RedisError` if Redis does not reply."""
    asked = time.monotonic()
    redis.ping()
    milliseconds = (time.monotonic() - asked) * 1000
    yield ok("redis", f"{server} replies, in {milliseconds:.1f} ms")
    yield from _by_info(redis)
    yield _clock(redis)


def _by_info(redis: "Redis") -> Iterator[Finding]:
    try:
        info: dict[str, Any] = redis.info()
    except NoPermissionError:
        yield warn(
            "rights",
            "the user may not run INFO: version, disk, memory and role are not examined",
            "give the user `+info`, see docs/operations.md",
        )
        return
    yield _version(info)
    yield _role(info)
    yield _persistence(info)
    yield _eviction(info)
    yield _memory(info)


def _role(info: dict[str, Any]) -> Finding:
    if info.get("role") == "slave":
        return fail(
            "role", "a replica: it takes no writes", "point LESSONHOOK_REDIS_URL at the master, or at the Sentinels"
        )
    return ok("role", "takes writes")


def _version(info: dict[str, Any]) -> Finding:
    version = version_of(info)
    if is_new_enough(info):
        return ok("version", version)
    return fail("version", version, f"use Redis {OLDEST_REDIS}.0 or newer, or Valkey")


def _persistence(info: dict[str, Any]) -> Finding:
    if not info.get("aof_enabled"):
        return warn(
            "persistence",
            "no append-only file: a restart loses all changes since the last snapshot, with accepted events among them",
            "set `appendonly yes` (with `appendfsync everysec`)",
        )
    if info.get("aof_last_write_status") != "ok":
        return fail("persistence", "the append-only file can't be written", "look at Redis' log and at its disk")
    return ok("persistence", "append-only file")


def _eviction(info: dict[str, Any]) -> Finding:
    policy = info.get("maxmemory_policy", "unknown")
    if policy == "noeviction":
        return ok("eviction", "noeviction")
    cure = "set `maxmemory-policy noeviction`"
    if info.get("maxmemory"):
        return fail("eviction", f"{policy}: a full Redis deletes events without a message", cure)
    return warn("eviction", f"{policy}, which does nothing until a `maxmemory` is set", cure)


def _memory(info: dict[str, Any]) -> Finding:
    used, limit = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    whole = limit or int(info.get("total_system_memory", 0))
    if not whole:
        return warn("memory", f"{_size(used)} used, of an unknown whole", "watch its memory by other means")
    share = used / whole
    found = f"{_size(used)} of {_size(whole)} used ({share:.0%}){'' if limit else ', no `maxmemory` is set'}"
    if share >= _MEMORY_FAIL:
        return fail("memory", found, "give Redis more memory: when it is full, no completion is accepted")
    if share >= _MEMORY_WARN:
        return warn("memory", found, "give Redis more memory, or resume or repair the subscribers that hold most")
    return ok("memory", found)


def _clock(redis: "Redis") -> Finding:
    before = time.time()
    now: Any = redis.time()
    middle = (before + time.time()) / 2
    apart = abs(now[0] + now[1] / 1e6 - middle)
    found = f"{span(apart)} apart from this machine's"
    cure = "synchronise the clocks of both machines by NTP"
    if apart >= _CLOCK_FAIL:
        return fail("clock", found, cure)
    return warn("clock", found, cure) if apart >= _CLOCK_WARN else ok("clock", found)


def _size(number: float) -> str:
    for unit in ("B", "kB", "MB"):
        if number < 1000:  # noqa: PLR2004 - of a decimal prefix
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
