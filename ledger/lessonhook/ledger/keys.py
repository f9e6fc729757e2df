"""Where things stand in Redis: all that one script touches shares a hash tag, so that it also runs on Redis Cluster."""

import zlib
from typing import Final

#: Fixed for ever: a subscriber must not move to another shard. Far more than a cluster's nodes, few enough to sweep.
SHARDS: Final = 64


def shard_of(subscriber: str) -> int:
    """Answer the shard of a subscriber, the same in every process and release."""
    return zlib.crc32(subscriber.encode()) % SHARDS


def base_of(shard: int) -> str:
    """Answer what every key of a shard begins with, `lessonhook:{17}:`."""
    return f"lessonhook:{{{shard}}}:"


def key(kind: str, subscriber: str, event_id: str | None = None) -> str:
    """Answer `lessonhook:{17}:event:acme/42`: a kind, a subscriber (which has no slash) and, where needed, an event."""
    name = f"{base_of(shard_of(subscriber))}{kind}:{subscriber}"
    return name if event_id is None else f"{name}/{event_id}"
