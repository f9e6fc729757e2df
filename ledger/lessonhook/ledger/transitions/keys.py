"""Names of Redis keys. All keys that one script touches share a hash tag, so that it also runs on Redis Cluster."""

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from redis import Redis

#: Fixed for ever: a subscriber must not move to another shard. Far more than a cluster's nodes, few enough to sweep.
SHARDS: Final = 64
#: Keys that Redis passes in one step of a scan, in less than a millisecond.
_PASSED_AT_ONCE: Final = 1_000


def shard_of(subscriber: str) -> int:
    """Return the shard of a subscriber, the same in every process and release."""
    return zlib.crc32(subscriber.encode()) % SHARDS


def base_of(shard: int) -> str:
    """Return the beginning of every key of a shard, `lessonhook:{17}:`."""
    return f"lessonhook:{{{shard}}}:"


def key(kind: str, subscriber: str, event_id: str | None = None) -> str:
    """Return `lessonhook:{17}:event:acme/42`: a kind, a subscriber (which has no slash) and, where needed, an event."""
    name = f"{base_of(shard_of(subscriber))}{kind}:{subscriber}"
    return name if event_id is None else f"{name}/{event_id}"


def attention_key(shard: int) -> str:
    """Return the key of a shard's lanes with undelivered events, each with the time of its next sweep."""
    return f"{base_of(shard)}attention"


def subscribers_key(shard: int) -> str:
    """Return the key of a shard's subscribers that have a subscription or undelivered events."""
    return f"{base_of(shard)}subscribers"


def unsubscribed_key(shard: int) -> str:
    """Return the key of a shard's counts of completions for subscribers without a subscription."""
    return f"{base_of(shard)}unsubscribed"


def published_key(shard: int, week: int) -> str:
    """Return the key of the five minutes of a week in which anything was recorded in a shard; see `Rhythms`."""
    return f"{base_of(shard)}published:{week}"


def every_key(redis: "Redis", kind: str) -> Iterator[str]:
    """Yield the keys of one kind in all shards; one that is written meanwhile may be left out or come twice."""
    for name in redis.scan_iter(match=f"lessonhook:{{*}}:{kind}:*", count=_PASSED_AT_ONCE):
        yield name.decode()


def subscribers(redis: "Redis") -> list[str]:
    """Read the names of all subscribers that have a subscription or undelivered events, sorted."""
    with redis.pipeline(transaction=False) as pipeline:
        for shard in range(SHARDS):
            pipeline.smembers(subscribers_key(shard))
        found: list[set[bytes]] = pipeline.execute()
    return sorted(name.decode() for name in set().union(*found))
