"""Whether the ledger's Redis can be trusted with events: its version, its disk, its memory, its clock."""

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from lessonhook.console.doctor.finding import Finding, fail, ok, warn
from lessonhook.console.wording import span

if TYPE_CHECKING:
    from redis import Redis

#: Its scripts say by their first line what they may do.
_OLDEST_VERSION: Final = 7
#: Of `maxmemory`, or of the machine's memory where none is set.
_MEMORY_WARN: Final = 0.75
_MEMORY_FAIL: Final = 0.9
#: Seconds between Redis' clock and this machine's. Leases and delays go by Redis' clock alone; a signature's timestamp
#: is this machine's, and receivers refuse one that is five minutes off.
_CLOCK_WARN: Final = 2.0
_CLOCK_FAIL: Final = 60.0
_LEADING_NUMBER: Final = re.compile(r"\d+")


def check_redis(redis: "Redis") -> Iterator[Finding]:
    """Yield findings; raises `redis.exceptions.RedisError` if Redis can't be asked."""
    asked = time.monotonic()
    redis.ping()
    milliseconds = (time.monotonic() - asked) * 1000
    yield ok("redis", f"answers, in {milliseconds:.1f} ms")
    info: dict[str, Any] = _info(redis)
    yield _version(info)
    yield _persistence(info)
    yield _eviction(info)
    yield _memory(info)
    yield _clock(redis)


def _info(redis: "Redis") -> dict[str, Any]:
    answer: dict[str, Any] = redis.info()
    return answer


def _version(info: dict[str, Any]) -> Finding:
    product = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version") or "?")
    # Valkey says with `redis_version` which Redis it stands in for.
    stands_for = _LEADING_NUMBER.match(str(info.get("redis_version", "")))
    if stands_for and int(stands_for[0]) >= _OLDEST_VERSION:
        return ok("version", f"{product} {version}")
    return fail("version", f"{product} {version}", f"use Redis {_OLDEST_VERSION}.0 or newer, or Valkey")


def _persistence(info: dict[str, Any]) -> Finding:
    if not info.get("aof_enabled"):
        return warn(
            "persistence",
            "no append-only file: a restart loses what came since the last snapshot, accepted events among it",
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
        return fail("eviction", f"{policy}: a full Redis throws events away without a word", cure)
    return warn("eviction", f"{policy}, which does nothing until a `maxmemory` is set", cure)


def _memory(info: dict[str, Any]) -> Finding:
    used, limit = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    whole = limit or int(info.get("total_system_memory", 0))
    if not whole:
        return warn("memory", f"{_size(used)} used, of an unknown whole", "watch it by other means")
    share = used / whole
    found = f"{_size(used)} of {_size(whole)} used ({share:.0%}){'' if limit else ', no `maxmemory` is set'}"
    if share >= _MEMORY_FAIL:
        return fail("memory", found, "give Redis more: when it is full, no completion is accepted any more")
    if share >= _MEMORY_WARN:
        return warn("memory", found, "give Redis more, or resume or mend the subscribers that hold most")
    return ok("memory", found)


def _clock(redis: "Redis") -> Finding:
    before = time.time()
    now: Any = redis.time()
    middle = (before + time.time()) / 2
    apart = abs(now[0] + now[1] / 1e6 - middle)
    found = f"{span(apart)} apart from this machine's"
    cure = "let both machines keep their time by NTP"
    if apart >= _CLOCK_FAIL:
        return fail("clock", found, cure)
    return warn("clock", found, cure) if apart >= _CLOCK_WARN else ok("clock", found)


def _size(number: float) -> str:
    for unit in ("B", "kB", "MB"):
        if number < 1000:  # noqa: PLR2004 - of a decimal prefix
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
